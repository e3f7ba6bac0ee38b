//! Environment-isolation, on literal histories: group `kitchen` must leave topic `pre-order` alone, and `kitchen.orders` shows none
//! of its orders.

use pitfall_model::{Anomaly::ForeignMessageHandled, Guarantee::EnvironmentIsolation};

use crate::{literal::*, literal_world::*};

/// What is the group's own: order 17, stored and acknowledged.
fn own() -> [Step; 3] {
    [produced("17", "placed", 0), inserted("17", "placed"), committed(1)]
}

fn with_own(steps: impl IntoIterator<Item = Step>) -> pitfall_model::History {
    history(own().into_iter().chain(steps))
}

#[test]
fn an_acknowledged_message_was_taken() {
    let found =
        find(EnvironmentIsolation, &with_own([foreign("901", 0), foreign("902", 1), committed_foreign(1)]));
    assert_eq!((found.judged, shown(&found)), (2, vec![(ForeignMessageHandled, "901")]));
    assert_eq!(evidence(&found), [4, 6]);
    assert_eq!(
        sentence(&found),
        "order 901: placed (pre-order/0 offset 0), a message of another environment, was acknowledged by group kitchen at +0.600 s"
    );
}

#[test]
fn an_offset_that_is_taken_back_was_committed_all_the_same() {
    let steps = [foreign("901", 0), committed_foreign(1), committed_foreign(0)];
    let found = find(EnvironmentIsolation, &with_own(steps));
    assert_eq!((shown(&found), evidence(&found)), (vec![(ForeignMessageHandled, "901")], vec![4, 5]));
}

#[test]
fn an_effect_of_its_order_is_enough() {
    let found = find(EnvironmentIsolation, &with_own([foreign("901", 0), inserted("901", "placed")]));
    assert_eq!((shown(&found), evidence(&found)), (vec![(ForeignMessageHandled, "901")], vec![4, 5]));
    assert!(sentence(&found).ends_with("another environment, showed in kitchen.orders at +0.500 s"));
}

#[test]
fn what_is_left_alone_holds() {
    let steps = [foreign("901", 0), committed_foreign(0), foreign("902", 1)];
    let history = with_own(steps);
    assert_eq!(find(EnvironmentIsolation, &history).judged, 2);
    assert_eq!(verdict(EnvironmentIsolation, &history), "holds");
}

#[test]
fn whose_effect_it_is_cannot_be_told_of_an_order_in_both() {
    let reason = verdict(EnvironmentIsolation, &with_own([foreign("17", 0)]));
    let says = "order 17: it stands in topic pre-order and in topic order: whose effect kitchen.orders shows (since +0.200 s) cannot be told";
    assert_eq!(reason, says);
    let taken = with_own([foreign("17", 0), committed_foreign(1)]);
    assert_eq!(shown(&find(EnvironmentIsolation, &taken)), [(ForeignMessageHandled, "17")]);
}

#[test]
fn a_group_of_which_nothing_is_seen_leaves_nothing_alone() {
    let reason = verdict(EnvironmentIsolation, &history([foreign("901", 0)]));
    assert_eq!(reason, "nothing is seen of group kitchen: whether it leaves pre-order alone cannot be told");
    assert_eq!(verdict(EnvironmentIsolation, &with_own([])), "judged 0 messages, needs 1");
}

#[test]
fn a_killed_run_has_shown_what_it_has_shown() {
    let steps = own().into_iter().chain([foreign("901", 0), committed_foreign(1)]);
    assert_eq!(verdict(EnvironmentIsolation, &cut(steps)), "violated");
}
