//! No loss, on literal histories.

use pitfall_model::{Anomaly::LostMessage, Guarantee::NoLoss};

use crate::literal::*;

#[test]
fn acknowledged_and_never_shown_is_lost() {
    let history =
        history([produced("17", "placed", 12), produced("17", "paid", 13), committed(13), committed(14)]);
    let found = find(NoLoss, &history);
    assert_eq!(shown(&found), [(LostMessage, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: placed (order/0 offset 12) was acknowledged at +0.300 s, yet nothing in kitchen.orders or kitchen.dead_letters shows the order when the run ends"
    );
}

#[test]
fn shown_is_not_lost() {
    let found =
        find(NoLoss, &history([produced("17", "placed", 12), committed(13), inserted("17", "placed")]));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn a_commit_at_the_message_does_not_acknowledge_it() {
    let found = find(NoLoss, &history([produced("17", "placed", 12), committed(12), committed(13).on(1)]));
    assert_eq!(shown(&found), []);
    assert_eq!(
        found.unknown,
        [
            "order 17: placed (order/0 offset 12) is neither acknowledged (group kitchen: last commit 12) nor shown"
        ]
    );
}

#[test]
fn an_offset_taken_back_leaves_it_open() {
    let found = find(NoLoss, &history([produced("17", "placed", 12), committed(13), committed(11)]));
    assert_eq!(shown(&found), []);
    assert!(
        found.unknown[0].contains("was taken back (group kitchen: last commit 11)"),
        "{:?}",
        found.unknown
    );
}

#[test]
fn a_row_deleted_again_does_not_show_the_order() {
    let steps = [produced("17", "placed", 12), inserted("17", "placed"), committed(13), deleted("17")];
    let found = find(NoLoss, &history(steps));
    assert_eq!(shown(&found), [(LostMessage, "17")]);
    assert_eq!(evidence(&found), [1, 3, 4]);
}

#[test]
fn a_row_on_the_replica_only_does_not_show_the_order() {
    let found = find(
        NoLoss,
        &history([produced("17", "placed", 12), committed(13), inserted("17", "placed").on_replica()]),
    );
    assert_eq!(shown(&found), [(LostMessage, "17")]);
}

#[test]
fn what_the_action_was_told_and_nobody_kept_is_lost() {
    let steps = [acted("place", "16", 200), produced("16", "placed", 12), acted("place", "17", 200)];
    let rest = [inserted("16", "placed"), committed(13)];
    let found = find(NoLoss, &history(steps.into_iter().chain(rest)));
    assert_eq!((found.judged, shown(&found)), (2, vec![(LostMessage, "17")]));
    assert_eq!(evidence(&found), [3]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: place was answered as done at +0.300 s, yet no message of it is in topic order, and nothing in kitchen.orders or kitchen.dead_letters shows the order when the run ends"
    );
}

#[test]
fn an_action_that_was_refused_or_is_another_promises_nothing() {
    let found = find(NoLoss, &history([acted("place", "17", 502), acted("open", "18", 200)]));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
}

#[test]
fn an_order_that_shows_is_not_lost_though_its_message_is_gone() {
    let found = find(NoLoss, &history([acted("place", "17", 200), inserted("17", "placed")]));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}
