//! From what a scenario has a fault say to what a link does.

use std::sync::Arc;

use pitfall_model::{Event, On, Place, Speech};
use pitfall_proxy::{Act, Change, ProtocolFault, Wire};

use crate::{names::Names, reading};

/// The fault on one link. It knows messages as the history would: by the scenario's names.
pub(crate) fn fault(
    names: &Names,
    link: &str,
    fault: &str,
    on: &On,
    times: Option<u64>,
    speech: &Speech,
) -> ProtocolFault {
    let by = match speech {
        Speech::Rendezvous { by, .. } => by.clone(),
        _ => None,
    };
    let (names, on, link) = (names.clone(), on.clone(), link.to_owned());
    let kind = on.event();
    let matcher = move |wire: &Wire| {
        let Place { link, conn, order } = Place::link(&link, None);
        let what = reading::event(&names, wire.clone());
        on.key(&Event { seq: 0, at: 0, link, conn, order, what }, by.as_deref())
    };
    ProtocolFault { name: fault.to_owned(), kind, on: Arc::new(matcher), does: act(speech), times }
}

fn act(speech: &Speech) -> Act {
    match speech {
        Speech::Delay { delay } => Act::Delay(*delay),
        Speech::Cut {} => Act::Cut,
        Speech::KafkaError { code } => Act::Change(Change::KafkaError(*code)),
        Speech::KafkaThrottle { time } => Act::Change(Change::KafkaThrottle(*time)),
        Speech::MysqlError { code, sqlstate } => Act::Change(Change::MysqlError {
            code: *code,
            sqlstate: sqlstate.clone().unwrap_or_else(|| sqlstate_of(*code).to_owned()),
            message: message_of(*code),
        }),
        Speech::HttpStatus { status } => Act::Change(Change::HttpStatus(*status)),
        Speech::Rendezvous { parties, by: _, within } => {
            Act::Rendezvous { parties: *parties, within: *within }
        }
    }
}

/// As MySQL's reference of errors has it; `HY000` is "general error".
fn sqlstate_of(code: u16) -> &'static str {
    match code {
        1062 | 1048 | 1451 | 1452 => "23000",
        1213 => "40001",
        1044 | 1045 => "28000",
        1064 => "42000",
        1146 => "42S02",
        1040 => "08004",
        _ => "HY000",
    }
}

fn message_of(code: u16) -> String {
    match code {
        1213 => "Deadlock found when trying to get lock; try restarting transaction".to_owned(),
        1205 => "Lock wait timeout exceeded; try restarting transaction".to_owned(),
        1062 => "Duplicate entry".to_owned(),
        1040 => "Too many connections".to_owned(),
        1290 => "The MySQL server is running with the --read-only option so it cannot execute this statement"
            .to_owned(),
        _ => format!("Error {code}, said by the link"),
    }
}
