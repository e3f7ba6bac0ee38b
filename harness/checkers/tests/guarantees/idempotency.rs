//! Idempotency, on literal histories.

use pitfall_model::{
    Anomaly::{DuplicateKeyError, DuplicateRow},
    Finding,
    Guarantee::Idempotency,
    History,
};

use crate::{bounds::copies as bounds, literal::*};

const INSERT: &str = "INSERT INTO `orders` (order_id, status) VALUES (6, 'placed')";

fn copies() -> [Step; 3] {
    [produced("6", "placed", 1), produced("6", "placed", 2), committed(3)]
}

#[test]
fn error_1062_on_the_table_is_a_duplicate_key() {
    let failed = sql_error(1062, "Duplicate entry '6' for key 'PRIMARY'", INSERT);
    let found = find(Idempotency, &history(copies().into_iter().chain([inserted("6", "placed"), failed])));
    assert_eq!((found.judged, shown(&found)), (1, vec![(DuplicateKeyError, "6")]));
    assert_eq!(evidence(&found), [1, 2, 5]);
}

#[test]
fn mysql_names_the_table_in_the_key() {
    let failed = sql_error(1062, "Duplicate entry '6-1' for key 'orders.PRIMARY'", "");
    assert_eq!(shown(&find(Idempotency, &history([failed]))), [(DuplicateKeyError, "6")]);
}

#[test]
fn the_row_with_the_duplicate_key_tells_the_order() {
    let failed = sql_error(1062, "Duplicate entry '6' for key 'PRIMARY'", INSERT);
    let found = find(Idempotency, &history([inserted("A-17", "placed").keyed("6"), failed]));
    assert_eq!(shown(&found), [(DuplicateKeyError, "A-17")]);
}

#[test]
fn other_errors_and_other_tables_are_no_duplicate_key() {
    let deadlock = sql_error(1213, "Deadlock found when trying to get lock", INSERT);
    let other = sql_error(1062, "Duplicate entry '6' for key 'PRIMARY'", "INSERT INTO orders_log VALUES (6)");
    let named = sql_error(1062, "Duplicate entry '6' for key 'orders_log.PRIMARY'", INSERT);
    assert_eq!(shown(&find(Idempotency, &history([deadlock, other, named]))), []);
}

#[test]
fn two_rows_for_one_order_are_a_duplicate() {
    let rows = [inserted("6", "placed").keyed("100"), inserted("6", "placed").keyed("101")];
    let found = find(Idempotency, &history(copies().into_iter().chain(rows)));
    assert_eq!(shown(&found), [(DuplicateRow, "6")]);
    assert_eq!(evidence(&found), [4, 5]);
}

#[test]
fn one_row_written_twice_is_no_duplicate() {
    let found = find(
        Idempotency,
        &history(copies().into_iter().chain([inserted("6", "placed"), updated("6", "placed")])),
    );
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn copies_that_were_not_both_taken_are_not_judged() {
    let found =
        find(Idempotency, &history([produced("6", "placed", 1), produced("6", "placed", 2), committed(2)]));
    assert_eq!(found.judged, 0);
}

/// What is found where messages are published once and may be delivered again.
fn printed(history: &History) -> Finding {
    let verdict =
        judge_on(Idempotency, history, |judging| judging.guarantees.idempotency = Some(bounds("tickets", 1)));
    verdict.judgements.into_iter().find(|j| j.guarantee == Idempotency).expect("is judged").finding
}

#[test]
fn a_message_delivered_again_that_appends_again_is_a_duplicate_row() {
    let placed = || [produced("6", "placed", 0), inserted("6", "placed"), ticket("1", "6").together()];
    let again = [updated("6", "placed"), ticket("2", "6").together(), committed(1)];
    let found = printed(&history(placed().into_iter().chain(again)));
    assert_eq!((found.judged, found.unit.as_str()), (1, "orders"));
    assert_eq!(shown(&found), [(DuplicateRow, "6")]);
    assert_eq!(evidence(&found), [3, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 6: kitchen.tickets has rows 1 and 2 for it when the run ends"
    );

    let upserted = [updated("6", "placed"), committed(1)];
    let found = printed(&history(placed().into_iter().chain(upserted)));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn with_one_copy_only_acknowledged_orders_are_judged() {
    let steps = [produced("6", "placed", 0), produced("7", "placed", 1), ticket("1", "6"), committed(1)];
    assert_eq!(printed(&history(steps)).judged, 1);
}

#[test]
fn copies_are_messages_of_one_status() {
    let three = |last: &str| {
        let steps =
            [produced("6", "placed", 0), produced("6", "placed", 1), produced("6", last, 2), committed(3)];
        let verdict = judge_on(Idempotency, &history(steps), |judging| {
            judging.guarantees.idempotency = Some(bounds("shown", 3));
        });
        verdict.judgements.into_iter().find(|j| j.guarantee == Idempotency).expect("is judged").finding.judged
    };
    assert_eq!((three("placed"), three("paid")), (1, 0));
}
