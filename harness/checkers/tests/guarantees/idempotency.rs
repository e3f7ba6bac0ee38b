//! Idempotency, on literal histories.

use pitfall_model::{
    Anomaly::{DuplicateKeyError, DuplicateRow},
    Guarantee::Idempotency,
};

use crate::literal::*;

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
