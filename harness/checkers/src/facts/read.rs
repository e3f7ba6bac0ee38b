//! From an event to a fact.

use pitfall_model::{Event, Row, What};
use serde_json::Value;

use super::{Cells, Did, Fact, Name, callers::Callers, columns::Columns, names::Names};

/// The event as a fact; none where nothing is judged by it.
pub(super) fn read(
    event: &Event,
    names: &mut Names,
    columns: &Columns,
    cells: &mut Vec<(Name, Option<Name>)>,
    callers: &mut Callers,
) -> Option<Fact> {
    let conn = event.conn.map_or(0, |conn| narrow(conn.saturating_add(1)));
    let conn = callers.see(event, conn);
    let mut did = did(&event.what, names, columns, cells)?;
    if let Did::Ban { for_ms, .. } = &mut did {
        // It began before it was told: what is left of it from now on, for certain.
        *for_ms = for_ms.saturating_sub(callers.late(event).div_ceil(1_000_000));
    }
    Some(Fact {
        at: event.at,
        seq: narrow(event.seq),
        conn,
        link: event.link.as_deref().map(|link| names.give(link)),
        order: event.order.as_deref().map(|order| names.give(order)),
        did,
    })
}

/// Numbers of events, connections and bytes that are beyond this are of no run.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn did(
    what: &What,
    names: &mut Names,
    columns: &Columns,
    cells: &mut Vec<(Name, Option<Name>)>,
) -> Option<Did> {
    let mut give = |text: &str| names.give(text);
    Some(match what {
        What::Run { name, .. } => Did::Run { name: give(name) },
        What::StepBegun { step } => Did::StepBegun { step: give(step) },
        What::StepDone { step } => Did::StepDone { step: give(step) },
        What::Filled { database, table, rows, .. } => {
            Did::Filled { database: give(database), table: give(table), rows: narrow(*rows) }
        }
        What::Acted { action, status } => Did::Acted { action: give(action), status: *status },
        What::Awaited { what, met, last_seen } => {
            Did::Awaited { what: give(what), met: *met, last_seen: give(last_seen) }
        }
        What::Produced { topic, partition, offset, key, status, version, bytes } => Did::Produced {
            topic: give(topic),
            partition: *partition,
            offset: *offset,
            key: key.as_deref().map(&mut give),
            status: status.as_deref().map(&mut give),
            version: version.as_deref().map(&mut give),
            bytes: narrow(*bytes),
        },
        What::Committed { group, topic, partition, offset } => {
            Did::Committed { group: give(group), topic: give(topic), partition: *partition, offset: *offset }
        }
        What::RowChanged { server, transaction, database, table, change, key, row } => Did::RowChanged {
            server: *server,
            transaction: narrow(*transaction),
            database: give(database),
            table: give(table),
            change: *change,
            key: give(key),
            row: self::row(row, names, columns, cells),
        },
        what => {
            return of_group(what, names).or_else(|| of_calls(what, names)).or_else(|| of_run(what, names));
        }
    })
}

fn of_group(what: &What, names: &mut Names) -> Option<Did> {
    let mut give = |text: &str| names.give(text);
    let count = |assignment: &std::collections::BTreeMap<String, Vec<i32>>| {
        narrow(assignment.values().map(Vec::len).sum::<usize>() as u64)
    };
    Some(match what {
        What::GroupJoined { group, member, generation, error, .. } => Did::GroupJoined {
            group: give(group),
            member: give(member),
            generation: *generation,
            refused: error.is_some(),
        },
        What::GroupSynced { group, member, generation, assignment, error, .. } => Did::GroupSynced {
            group: give(group),
            member: give(member),
            generation: *generation,
            partitions: count(assignment),
            refused: error.is_some(),
        },
        What::GroupLeft { group, member, .. } => Did::GroupLeft { group: give(group), member: give(member) },
        What::HeartbeatRefused { group, member, error, .. } => Did::HeartbeatRefused {
            group: give(group),
            member: give(member),
            error: error.unwrap_or_default(),
        },
        What::GroupHeartbeat { group, member, asked, epoch, assignment, error, .. } => Did::GroupHeartbeat {
            group: give(group),
            member: give(member),
            asked: *asked,
            epoch: *epoch,
            partitions: count(assignment),
            refused: error.is_some(),
        },
        What::OffsetCommit { group, member, topic, partition, offset, error, .. } => Did::OffsetCommit {
            group: give(group),
            member: give(member),
            topic: give(topic),
            partition: *partition,
            offset: *offset,
            error: *error,
        },
        What::RecordsFetched {
            client,
            topic,
            partition,
            first_offset: Some(first),
            last_offset: Some(last),
            ..
        } => Did::RecordsFetched {
            client: client.as_deref().map(&mut give),
            topic: give(topic),
            partition: *partition,
            first: *first,
            last: *last,
        },
        _ => return None,
    })
}

fn of_calls(what: &What, names: &mut Names) -> Option<Did> {
    let mut give = |text: &str| names.give(text);
    Some(match what {
        What::Request { request, route, .. } => Did::Request { request: *request, route: give(route) },
        What::Answer { request, route, status, delay_ms } => Did::Answer {
            request: *request,
            route: give(route),
            status: *status,
            delay_ms: narrow(*delay_ms),
        },
        What::Ban { route, for_ms } => Did::Ban { route: give(route), for_ms: *for_ms },
        What::ConnectionClosed { .. } => Did::ConnectionClosed,
        What::Alert { text } => Did::Alert { text: give(text) },
        What::SqlError { code, database, message, statement } => Did::SqlError {
            code: *code,
            database: give(database),
            message: give(message),
            statement: give(statement),
        },
        _ => return None,
    })
}

fn of_run(what: &What, names: &mut Names) -> Option<Did> {
    let mut give = |text: &str| names.give(text);
    Some(match what {
        What::GroupDescribed { group, state, members } => {
            Did::GroupDescribed { group: give(group), state: give(state), members: narrow(*members) }
        }
        What::BrokerChanged { broker, .. } => Did::BrokerChanged { broker: *broker },
        What::FaultArmed { fault } => Did::FaultArmed { fault: give(fault) },
        What::FaultProved { fault, by } => Did::FaultProved { fault: give(fault), by: give(by) },
        What::FaultHealed { fault } => Did::FaultHealed { fault: give(fault) },
        What::FaultIdle { fault, awaited, last_seen } => {
            Did::FaultIdle { fault: give(fault), awaited: give(awaited), last_seen: give(last_seen) }
        }
        What::Blind { reason } => Did::Blind { reason: give(reason) },
        What::Unobserved { reason } => Did::Unobserved { reason: give(reason) },
        What::ProcessStarted { role, instance, .. } => {
            Did::ProcessStarted { role: give(role), instance: *instance }
        }
        What::ProcessExited { role, instance, .. } => {
            Did::ProcessExited { role: give(role), instance: *instance }
        }
        What::ProcessPaused { role, instance } => {
            Did::ProcessPaused { role: give(role), instance: *instance }
        }
        What::ProcessResumed { role, instance } => {
            Did::ProcessResumed { role: give(role), instance: *instance }
        }
        What::ProcessSampled { role, instance, cpu_ms, memory } => {
            Did::ProcessSampled { role: give(role), instance: *instance, cpu_ms: *cpu_ms, memory: *memory }
        }
        What::Stalled { for_ms } => Did::Stalled { for_ms: *for_ms },
        What::Ended { reason } => Did::Ended { reason: give(reason) },
        _ => return None,
    })
}

/// A row's columns that are kept, each value as text.
fn row(row: &Row, names: &mut Names, columns: &Columns, cells: &mut Vec<(Name, Option<Name>)>) -> Cells {
    let start = cells.len();
    for (column, value) in row.iter().filter(|(column, _)| columns.keeps(column)) {
        let value = match value {
            Value::Null => None,
            Value::String(text) => Some(names.give(text)),
            other => Some(names.give(&other.to_string())),
        };
        cells.push((names.give(column), value));
    }
    let columns = u16::try_from(cells.len() - start).unwrap_or(u16::MAX);
    Cells { start: narrow(start as u64), columns }
}
