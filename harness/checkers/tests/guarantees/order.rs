//! Order, on literal histories.

use pitfall_model::{
    Anomaly::{OutOfOrder, SkippedStatus},
    Guarantee::Order,
};

use crate::literal::*;

#[test]
fn a_status_applied_after_a_later_one_is_out_of_order() {
    let steps = [
        produced("17", "placed", 1),
        produced("17", "paid", 2),
        inserted("17", "paid"),
        updated("17", "placed"),
    ];
    let found = find(Order, &history(steps));
    assert_eq!(shown(&found), [(OutOfOrder, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: placed (order/0 offset 1) was applied at +0.400 s, after paid (order/0 offset 2), which was published later and applied at +0.300 s"
    );
}

#[test]
fn in_publishing_order_with_repeats_and_unpublished_states_holds() {
    let published = [produced("17", "placed", 1), produced("17", "paid", 2)];
    let applied =
        [inserted("17", "new"), updated("17", "placed"), updated("17", "placed"), updated("17", "paid")];
    let found = find(Order, &history(published.into_iter().chain(applied)));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn a_status_published_twice_may_be_applied_at_either_place() {
    let published = [produced("17", "open", 1), produced("17", "busy", 2), produced("17", "open", 3)];
    let applied = [inserted("17", "open"), updated("17", "busy"), updated("17", "open")];
    assert_eq!(shown(&find(Order, &history(published.into_iter().chain(applied)))), []);
}

#[test]
fn across_partitions_time_decides() {
    let published = [produced("17", "placed", 9), produced("17", "paid", 2).on(1)];
    let found =
        find(Order, &history(published.into_iter().chain([inserted("17", "placed"), updated("17", "paid")])));
    assert_eq!(shown(&found), []);
}

#[test]
fn an_overtaken_status_is_skipped() {
    let steps = [produced("17", "placed", 1), produced("17", "paid", 2), inserted("17", "paid")];
    let found = find(Order, &history(steps));
    assert_eq!(shown(&found), [(SkippedStatus, "17")]);
    assert_eq!(evidence(&found), [1, 3]);
}

#[test]
fn an_acknowledged_status_that_was_never_applied_is_skipped() {
    let steps =
        [produced("17", "placed", 1), produced("17", "paid", 2), inserted("17", "placed"), committed(3)];
    let found = find(Order, &history(steps));
    assert_eq!(shown(&found), [(SkippedStatus, "17")]);
    assert_eq!(evidence(&found), [2, 4]);
}

#[test]
fn a_lost_order_has_all_its_statuses_skipped_in_one_violation() {
    let found = find(Order, &history([produced("17", "placed", 1), produced("17", "paid", 2), committed(3)]));
    assert_eq!((found.judged, shown(&found)), (1, vec![(SkippedStatus, "17")]));
    assert!(
        found.violations[0]
            .sentence
            .contains("placed (order/0 offset 1), paid (order/0 offset 2) were never")
    );
}

#[test]
fn a_status_still_to_come_is_unknown() {
    let steps =
        [produced("17", "placed", 1), produced("17", "paid", 2), inserted("17", "placed"), committed(2)];
    let found = find(Order, &history(steps));
    assert_eq!(shown(&found), []);
    assert_eq!(
        found.unknown,
        [
            "order 17: paid (order/0 offset 2) is neither acknowledged (group kitchen: last commit 2) nor applied"
        ]
    );
}
