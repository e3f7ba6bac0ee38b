//! Words for calls of the platform, dead letters, alerts and rebalances.

use pitfall_model::{Change, Row, Server, What};

use crate::literal::*;

fn of(order: &str, it: What) -> Step {
    let mut step = what(it);
    step.order = Some(order.into());
    step
}

/// The order is to be shipped: the platform is asked.
pub(crate) fn asked(order: &str, request: u64) -> Step {
    let (route, method, path) = ("ship".into(), "POST".into(), format!("/1/orders/{order}/ship"));
    of(order, What::Request { request, route, method, path })
}

/// The platform answers.
pub(crate) fn answered(order: &str, request: u64, status: u16) -> Step {
    answers(order, request, status, 0)
}

/// The platform says what it answers so long after the request, milliseconds.
pub(crate) fn answers(order: &str, request: u64, status: u16, delay_ms: u64) -> Step {
    of(order, What::Answer { request, route: "ship".into(), status, delay_ms })
}

/// A row of `kitchen.dead_letters`.
pub(crate) fn letter(key: &str, order: &str, status: Option<&str>, reason: Option<&str>) -> Step {
    letter_changed(Change::Insert, key, order, status, reason)
}

/// It goes.
pub(crate) fn letter_gone(key: &str, order: &str) -> Step {
    letter_changed(Change::Delete, key, order, None, None)
}

fn letter_changed(
    change: Change,
    key: &str,
    order: &str,
    status: Option<&str>,
    reason: Option<&str>,
) -> Step {
    let columns = [("order_id", Some(order)), ("status", status), ("reason", reason)];
    let row: Row = columns.into_iter().map(|(column, value)| (column.to_owned(), value.into())).collect();
    let (database, table, key) = ("kitchen".into(), "dead_letters".into(), key.into());
    what(What::RowChanged { server: Server::Source, transaction: 0, database, table, change, key, row })
}

/// The people of the system are told.
pub(crate) fn alert(text: &str) -> Step {
    what(What::Alert { text: text.into() })
}

/// A member of the group was given its partitions anew.
pub(crate) fn rebalanced(group: &str) -> Step {
    let (client, member, assignment) = (None, "m".into(), [("order".to_owned(), vec![0])].into());
    let (generation, error, error_name) = (2, None, None);
    what(What::GroupSynced { client, group: group.into(), member, generation, assignment, error, error_name })
}

/// Nothing that is judged: 100 ms go by.
pub(crate) fn time_goes_by() -> Step {
    what(What::StepBegun { step: "waiting".into() })
}
