//! Words for what stands around the orders: groups and their members, ledgers, versions, other environments.

use std::collections::BTreeMap;

use pitfall_model::{Change, Event, Finding, Guarantee, History, Server, What};
use serde_json::Value;

use crate::literal::*;

fn of(order: &str, event: What) -> Step {
    let mut step = what(event);
    step.order = Some(order.to_owned());
    step
}

/// Process `worker` of this number starts.
pub(crate) fn started(instance: u32) -> Step {
    what(What::ProcessStarted { role: "worker".into(), instance, pid: 4711 })
}

/// Process `worker` of this number ends.
pub(crate) fn exited(instance: u32) -> Step {
    what(What::ProcessExited { role: "worker".into(), instance, exit: "signal 9".into() })
}

fn group() -> String {
    "worker".into()
}

/// A member of group `worker` has joined a generation.
pub(crate) fn joined(member: &str, generation: i32) -> Step {
    let (client, error, error_name) = (None, None, None);
    what(What::GroupJoined { client, group: group(), member: member.into(), generation, error, error_name })
}

/// A member of group `worker` was given partition 0.
pub(crate) fn synced(member: &str, generation: i32) -> Step {
    let (client, error, error_name) = (None, None, None);
    let (member, assignment) = (member.into(), BTreeMap::from([("action".to_owned(), vec![0])]));
    what(What::GroupSynced { client, group: group(), member, generation, assignment, error, error_name })
}

/// A member of group `worker` has taken an epoch (KIP-848); 0 to come, -1 to go is what it asked.
pub(crate) fn beat(member: &str, asked: i32, epoch: i32) -> Step {
    let (client, error, error_name) = (None, None, None);
    let (member, assignment) = (member.into(), BTreeMap::from([("action".to_owned(), vec![0])]));
    what(What::GroupHeartbeat { client, group: group(), member, asked, epoch, assignment, error, error_name })
}

/// A member of group `worker` is told that a rebalance is under way.
pub(crate) fn told_to_rejoin(member: &str, generation: i32) -> Step {
    let (client, error) = (None, Some(27));
    let (member, error_name) = (member.into(), Some("RebalanceInProgress".into()));
    what(What::HeartbeatRefused { client, group: group(), member, generation, error, error_name })
}

/// A member leaves group `worker`.
pub(crate) fn left(member: &str) -> Step {
    let (client, error, error_name) = (None, None, None);
    what(What::GroupLeft { client, group: group(), member: member.into(), error, error_name })
}

/// A consumer was given messages of topic `action`.
pub(crate) fn fetched(first: i64, last: i64) -> Step {
    let (client, topic, partition) = (None, "action".into(), 0);
    let (first_offset, last_offset, records) = (Some(first), Some(last), (last - first) as u64 + 1);
    let (keys, error, error_name) = (vec![], None, None);
    what(What::RecordsFetched {
        client,
        topic,
        partition,
        first_offset,
        last_offset,
        records,
        keys,
        error,
        error_name,
    })
}

/// A message of topic `order` that was made by a version.
pub(crate) fn made_by(message_version: &str, order: &str, status: &str, offset: i64) -> Step {
    let mut step = produced(order, status, offset);
    if let What::Produced { version, .. } = &mut step.what {
        *version = Some(message_version.into());
    }
    step
}

fn row(table: &str, change: Change, order: &str, columns: &[(&str, Option<&str>)]) -> Step {
    let value = |value: &Option<&str>| value.map_or(Value::Null, |value| Value::String(value.to_owned()));
    let mut row: BTreeMap<String, Value> =
        columns.iter().map(|(name, of)| ((*name).to_owned(), value(of))).collect();
    row.insert("order_id".into(), order.into());
    let (server, database, table, key) = (Server::Source, "kitchen".into(), table.into(), order.into());
    what(What::RowChanged { server, transaction: 0, database, table, change, key, row })
}

/// A handler of a version stores the order's row, with its customer.
pub(crate) fn stored_by(version: &str, order: &str, status: &str, customer: Option<&str>) -> Step {
    let columns = [("status", Some(status)), ("version", Some(version)), ("customer", customer)];
    row("orders", Change::Insert, order, &columns)
}

/// The ledger says of the work how it stands, and why.
pub(crate) fn accounted(order: &str, status: &str, reason: Option<&str>) -> Step {
    row("ledger", Change::Insert, order, &[("status", Some(status)), ("reason", reason)])
}

/// What the ledger said of the work goes.
pub(crate) fn unaccounted(order: &str) -> Step {
    row("ledger", Change::Delete, order, &[])
}

/// A message of topic `pre-order`: another environment's.
pub(crate) fn foreign(order: &str, offset: i64) -> Step {
    let (topic, key, status, version) = ("pre-order".into(), None, Some("placed".into()), None);
    of(order, What::Produced { topic, partition: 0, offset, key, status, version, bytes: 64 })
}

/// Group `kitchen` commits on topic `pre-order`.
pub(crate) fn committed_foreign(offset: i64) -> Step {
    what(What::Committed { group: "kitchen".into(), topic: "pre-order".into(), partition: 0, offset })
}

/// The run stands still for so long before the event at `seq`.
pub(crate) fn wait(mut history: History, seq: usize, milliseconds: u64) -> History {
    history.events[seq..].iter_mut().for_each(|event| event.at += milliseconds * 1_000_000);
    history
}

/// With these events in the given order, numbered anew; times stay in order.
pub(crate) fn renumbered(mut events: Vec<Event>) -> History {
    let mut times: Vec<u64> = events.iter().map(|event| event.at).collect();
    times.sort_unstable();
    for (seq, (event, at)) in events.iter_mut().zip(times).enumerate() {
        (event.seq, event.at) = (seq as u64, at);
    }
    History { events, truncated: false }
}

/// The first sentence of what was found.
pub(crate) fn sentence(finding: &Finding) -> &str {
    finding.violations.first().map_or("", |violation| &violation.sentence)
}

/// The verdict on one guarantee, in a word: `holds`, `violated`, or why it is inconclusive.
pub(crate) fn verdict(guarantee: Guarantee, history: &History) -> String {
    use pitfall_model::Verdict;
    let judged = judge_on(guarantee, history, |_| {});
    let judgement = judged.judgements.into_iter().find(|j| j.guarantee == guarantee);
    match judgement.expect("all are judged").verdict {
        Verdict::Holds => "holds".into(),
        Verdict::Violated => "violated".into(),
        Verdict::Inconclusive { reason } => reason,
    }
}
