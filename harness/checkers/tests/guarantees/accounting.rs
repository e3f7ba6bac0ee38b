//! Accounting, on literal histories: `kitchen.ledger` says of each order in topic `action` that it is `done` or has `failed`.

use pitfall_model::{
    Anomaly::{FailureWithoutReason, UnaccountedWork},
    Guarantee::Accounting,
};

use crate::{literal::*, literal_world::*};

#[test]
fn work_of_which_nothing_tells_is_unaccounted() {
    let found = find(Accounting, &history([action("w1", 0), action("w2", 1), accounted("w2", "done", None)]));
    assert_eq!((found.judged, shown(&found)), (2, vec![(UnaccountedWork, "w1")]));
    assert_eq!(evidence(&found), [1]);
    assert_eq!(
        sentence(&found),
        "order w1: whether action/0 offset 0 was done or has failed cannot be told when the run ends: nothing in kitchen.ledger tells of it"
    );
}

#[test]
fn work_that_is_still_under_way_in_the_end_is_unaccounted() {
    let found = find(Accounting, &history([action("w1", 0), accounted("w1", "started", None)]));
    assert_eq!(shown(&found), [(UnaccountedWork, "w1")]);
    assert_eq!(evidence(&found), [1, 2]);
    assert!(
        sentence(&found).ends_with("kitchen.ledger says started (since +0.200 s)"),
        "{}",
        sentence(&found)
    );
}

#[test]
fn what_was_deleted_again_tells_nothing() {
    let steps = [action("w1", 0), accounted("w1", "done", None), unaccounted("w1")];
    let found = find(Accounting, &history(steps));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnaccountedWork, "w1")], vec![1, 3]));
}

#[test]
fn rows_that_contradict_each_other_tell_nothing() {
    let both = [accounted("w1", "done", None), accounted("w1", "failed", Some("no stock")).keyed("other")];
    let found = find(Accounting, &history([action("w1", 0)].into_iter().chain(both)));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnaccountedWork, "w1")], vec![1, 2, 3]));
}

#[test]
fn a_failure_needs_its_reason() {
    for blank in [None, Some(""), Some("  ")] {
        let found = find(Accounting, &history([action("w1", 0), accounted("w1", "failed", blank)]));
        assert_eq!(shown(&found), [(FailureWithoutReason, "w1")]);
        assert_eq!(evidence(&found), [1, 2]);
        let says =
            "order w1: action/0 offset 0 has failed, says kitchen.ledger (since +0.200 s), and not why";
        assert_eq!(sentence(&found), says);
    }
}

#[test]
fn done_or_failed_with_a_reason_holds_whatever_stood_there_before() {
    let steps = [
        action("w1", 0),
        accounted("w1", "failed", None),
        accounted("w1", "done", None),
        action("w2", 1),
        accounted("w2", "started", None),
        accounted("w2", "failed", Some("no stock")),
    ];
    assert_eq!(verdict(Accounting, &history(steps)), "holds");
}

#[test]
fn a_ledger_without_the_columns_cannot_be_judged() {
    let verdict = judge_on(Accounting, &history([action("w1", 0)]), |judging| {
        let bounds = judging.guarantees.accounting.as_mut().expect("is judged");
        bounds.effect = "shown".into();
    });
    let found =
        verdict.judgements.into_iter().find(|j| j.guarantee == Accounting).expect("is judged").finding;
    assert_eq!((found.judged, found.violations.len()), (0, 0));
    assert!(found.unknown[0].contains("kitchen.orders names no column"), "{:?}", found.unknown);
}

#[test]
fn a_killed_run_leaves_it_open() {
    for (steps, says) in [
        (vec![action("w1", 0)], "nothing in kitchen.ledger tells of it"),
        (vec![action("w1", 0), accounted("w1", "failed", None)], "and not why"),
    ] {
        let reason = verdict(Accounting, &cut(steps));
        assert!(reason.contains(says) && reason.contains("the run was killed"), "{reason}");
    }
}
