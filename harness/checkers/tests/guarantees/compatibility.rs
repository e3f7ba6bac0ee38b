//! Compatibility, on literal histories: `kitchen.orders` tells the version that stored a row, and always has its customer.

use pitfall_model::{Anomaly::FieldLost, Guarantee::Compatibility, Judging};

use crate::{literal::*, literal_world::*};

#[test]
fn a_column_that_another_version_left_empty_is_lost() {
    for empty in [None, Some("")] {
        let steps = [made_by("2", "17", "placed", 4), stored_by("1", "17", "placed", empty)];
        let found = find(Compatibility, &history(steps));
        assert_eq!((found.judged, shown(&found)), (1, vec![(FieldLost, "17")]));
        assert_eq!(evidence(&found), [1, 2]);
        assert_eq!(
            sentence(&found),
            "order 17: placed (order/0 offset 4), of version 2, was stored at +0.200 s by a handler of version 1 with customer empty"
        );
    }
}

#[test]
fn a_column_that_is_filled_again_was_lost() {
    let steps = [
        made_by("2", "17", "placed", 4),
        made_by("2", "17", "paid", 5),
        stored_by("1", "17", "placed", None),
        stored_by("2", "17", "paid", Some("ann")),
    ];
    let found = find(Compatibility, &history(steps));
    assert_eq!((shown(&found), evidence(&found)), (vec![(FieldLost, "17")], vec![1, 3]));
}

#[test]
fn what_a_transaction_leaves_is_what_is_judged() {
    let steps = [
        made_by("2", "17", "placed", 4),
        stored_by("1", "17", "placed", None),
        stored_by("1", "17", "placed", Some("ann")).together(),
    ];
    let history = history(steps);
    assert_eq!((find(Compatibility, &history).judged, verdict(Compatibility, &history)), (1, "holds".into()));
}

#[test]
fn the_message_is_the_one_with_the_states_status() {
    let steps = [
        made_by("1", "17", "placed", 4),
        made_by("2", "17", "paid", 5),
        stored_by("1", "17", "placed", Some("ann")),
        stored_by("1", "17", "paid", None),
    ];
    let found = find(Compatibility, &history(steps));
    assert_eq!((shown(&found), evidence(&found)), (vec![(FieldLost, "17")], vec![2, 4]));
}

#[test]
fn which_of_several_versions_it_was_may_be_unknown() {
    let both = |customer| {
        history([
            made_by("1", "17", "placed", 4),
            made_by("2", "17", "placed", 5),
            stored_by("1", "17", "placed", Some("ann")),
            stored_by("1", "17", "placed", customer),
            made_by("1", "18", "placed", 6),
            stored_by("2", "18", "placed", Some("bob")),
        ])
    };
    assert_eq!(
        verdict(Compatibility, &both(None)),
        "order 17: a handler of version 1 left customer empty at +0.400 s, but messages of several versions may be what it stored"
    );
    assert_eq!(verdict(Compatibility, &both(Some("ann"))), "holds");
}

#[test]
fn what_its_own_version_left_empty_is_another_matter() {
    let steps = [made_by("1", "17", "placed", 4), stored_by("1", "17", "placed", None)];
    let found = find(Compatibility, &history(steps.clone()));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
    let reason = verdict(Compatibility, &history(steps));
    assert!(reason.ends_with("by a handler of its own version 1: that is no matter of versions"), "{reason}");
}

#[test]
fn messages_and_rows_without_a_version_meet_nobody() {
    let steps = [
        produced("17", "placed", 4),
        stored_by("1", "17", "placed", None),
        made_by("2", "18", "placed", 5),
        inserted("18", "placed"),
    ];
    let found = find(Compatibility, &history(steps));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
    assert_eq!(found.unknown, ["0 of 1 pairs of versions met: none"]);
}

#[test]
fn too_few_pairs_leave_it_open() {
    let steps = [made_by("2", "17", "placed", 4), stored_by("1", "17", "placed", Some("ann"))];
    let asked = |pairs| {
        let ask = |judging: &mut Judging| {
            judging.guarantees.compatibility.as_mut().expect("is judged").pairs = pairs;
        };
        judge_on(Compatibility, &history(steps.clone()), ask)
    };
    let unknown = |pairs| asked(pairs).judgements.into_iter().find(|j| j.guarantee == Compatibility);
    let unknown = |pairs| unknown(pairs).expect("is judged").finding.unknown;
    assert_eq!(unknown(1), Vec::<String>::new());
    assert_eq!(unknown(2), ["1 of 2 pairs of versions met: messages of 2 by 1"]);
}

#[test]
fn a_column_that_no_row_has_cannot_be_judged() {
    let history = history([made_by("2", "17", "placed", 4), inserted("17", "placed")]);
    assert_eq!(verdict(Compatibility, &history), "no row of kitchen.orders has a column `customer`");
}
