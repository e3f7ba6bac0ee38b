//! Convergence, on literal histories.

use pitfall_model::{Anomaly::NotConverged, Guarantee::Convergence};

use crate::literal::*;

#[test]
fn another_status_than_the_last_published_has_not_converged() {
    let steps = [
        produced("17", "placed", 1),
        produced("17", "paid", 2),
        inserted("17", "paid"),
        updated("17", "placed"),
    ];
    let found = find(Convergence, &history(steps));
    assert_eq!(shown(&found), [(NotConverged, "17")]);
    assert_eq!(evidence(&found), [2, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: the last status published is paid (order/0 offset 2), but kitchen.orders says placed (since +0.400 s) when the run ends"
    );
}

#[test]
fn no_row_has_not_converged() {
    assert_eq!(shown(&find(Convergence, &history([produced("17", "placed", 1)]))), [(NotConverged, "17")]);
}

#[test]
fn the_last_status_at_the_end_has_converged() {
    let steps = [produced("17", "placed", 1), inserted("17", "new"), updated("17", "placed")];
    let found = find(Convergence, &history(steps));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}
