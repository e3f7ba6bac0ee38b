//! Completeness, on literal histories.

use pitfall_model::{
    Anomaly::{IncompleteOrder, PartialReadStored},
    Guarantee::Completeness,
};

use crate::literal::*;

#[test]
fn stored_with_fewer_parts_than_committed_before_is_a_partial_read() {
    let truth = [ordered("a", "17"), ordered("b", "17"), produced("17", "placed", 1)];
    let stored = [
        inserted("17", "placed"),
        dish("a", "17").together(),
        ordered("b", "17").on_replica(),
        dish("b", "17"),
    ];
    let found = find(Completeness, &history(truth.into_iter().chain(stored)));
    assert_eq!(shown(&found), [(PartialReadStored, "17")]);
    assert_eq!(evidence(&found), [2, 4, 6]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: stored in kitchen.orders at +0.400 s with 1 of the 2 parts that shop.dishes had committed before"
    );
}

#[test]
fn all_parts_in_the_same_transaction_are_complete() {
    let truth = [ordered("a", "17"), ordered("b", "17"), produced("17", "placed", 1)];
    let stored = [inserted("17", "placed"), dish("x", "17").together(), dish("y", "17").together()];
    let found = find(Completeness, &history(truth.into_iter().chain(stored)));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn a_part_that_came_later_was_not_missing_when_stored_but_is_at_the_end() {
    let steps = [
        ordered("a", "17"),
        produced("17", "placed", 1),
        inserted("17", "placed"),
        dish("a", "17").together(),
        ordered("b", "17"),
    ];
    let found = find(Completeness, &history(steps));
    assert_eq!(shown(&found), [(IncompleteOrder, "17")]);
    assert_eq!(evidence(&found), [2, 3, 5]);
}

#[test]
fn an_order_with_parts_that_never_shows_is_incomplete() {
    let found = find(Completeness, &history([ordered("a", "17"), produced("17", "placed", 1)]));
    assert_eq!(shown(&found), [(IncompleteOrder, "17")]);
}

#[test]
fn an_order_without_parts_is_not_judged() {
    let found = find(Completeness, &history([produced("17", "placed", 1), inserted("17", "placed")]));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
}
