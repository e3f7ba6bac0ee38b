//! Our own types: toxics that act on single requests and answers of a protocol.

use std::sync::Arc;
use std::time::Duration;

use pitfall_proxy::{Act, Change, ProtocolFault, Wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::Fields;
use crate::error::ApiError;
use crate::kind::LONGEST;
use crate::matching::Match;
use crate::spoken::Spoken;
use crate::told::{KINDS, Told};

/// A type of ours and its attributes, shown as they were given.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Message {
    #[serde(rename = "type")]
    name: String,
    attributes: Map<String, Value>,
    #[serde(skip)]
    on: &'static Told,
    #[serde(skip)]
    which: Match,
    #[serde(skip)]
    does: Act,
    #[serde(skip)]
    times: Option<u64>,
}

/// The rest follows from these.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.attributes) == (&other.name, &other.attributes)
    }
}

/// Types, and the attributes that each has of its own.
const TYPES: &[(&str, &[&str])] = &[
    ("message_delay", &["delay"]),
    ("message_cut", &[]),
    ("kafka_error", &["code"]),
    ("kafka_throttle", &["time"]),
    ("mysql_error", &["code", "sqlstate", "message"]),
    ("http_status", &["status"]),
    ("rendezvous", &["parties", "within"]),
];
/// What all have.
const COMMON: &[&str] = &["on", "match", "times"];

/// Requests that a link answers with an error; answers that it changes into one are those of the first of them.
const REFUSED: [&str; 12] = [
    "Produce",
    "OffsetCommit",
    "JoinGroup",
    "SyncGroup",
    "Heartbeat",
    "LeaveGroup",
    "ConsumerGroupHeartbeat",
    "Metadata",
    "Fetch",
    "OffsetFetch",
    "FindCoordinator",
    "InitProducerId",
];
const CHANGED: usize = 8;

impl Message {
    /// The type of this name with these attributes; `None` if it is none of ours.
    pub(crate) fn read(name: &str, given: &Fields) -> Result<Option<Self>, ApiError> {
        let Some((_, own)) = TYPES.iter().find(|(known, _)| *known == name) else { return Ok(None) };
        Self::of(name, own, given.over(&Map::new())).map(Some)
    }

    /// The same with those attributes that are given; others stay.
    pub(crate) fn with(&self, given: &Fields) -> Result<Self, ApiError> {
        let own = TYPES.iter().find(|(known, _)| *known == self.name).map_or(&[][..], |(_, own)| own);
        Self::of(&self.name, own, given.over(&self.attributes))
    }

    fn of(name: &str, own: &[&str], attributes: Map<String, Value>) -> Result<Self, ApiError> {
        let known = [COMMON, own].concat();
        if let Some(other) = attributes.keys().find(|other| !known.contains(&other.as_str())) {
            return Err(wrong(
                other,
                format_args!("`{name}` has no such attribute; it has: {}", known.join(", ")),
            ));
        }
        let kind: String = needed(&attributes, "on", "a kind of messages, such as `http-request`")?;
        let Some(on) = KINDS.iter().find(|on| on.kind == kind) else {
            let kinds: Vec<_> = KINDS.iter().map(|on| on.kind).collect();
            let kinds = kinds.join(", ");
            return Err(wrong("on", format_args!("`{kind}` is no kind of messages; take one of: {kinds}")));
        };
        let fields: Option<Map<String, Value>> = value(&attributes, "match")?;
        let which = Match::read(&fields.unwrap_or_default(), on)?;
        let does = act(name, &attributes)?;
        possible(name, &does, on, &which)?;
        let times: Option<u64> = value(&attributes, "times")?;
        if times == Some(0) {
            return Err(wrong("times", "it would never act; write 1 or more, or leave it out for always"));
        }
        Ok(Self { name: name.to_owned(), attributes, on, which, does, times })
    }

    /// Which messages it is about.
    pub(crate) fn on(&self) -> &'static Told {
        self.on
    }

    /// Whether a proxy that speaks this has such messages.
    pub(crate) fn fits(&self, spoken: Spoken, proxy: &str) -> Result<(), ApiError> {
        let Told { kind, protocol, .. } = self.on;
        if *protocol == spoken {
            return Ok(());
        }
        Err(wrong(
            "on",
            format_args!(
                "`{kind}` is of {protocol}, but proxy `{proxy}` speaks {spoken}; create the proxy with \"protocol\": \"{protocol}\""
            ),
        ))
    }

    /// What it is on a link.
    pub(crate) fn fault(&self, toxic: &str) -> ProtocolFault {
        let (kind, which) = (self.on.kind, self.which.clone());
        // All are of one key: there is one rendezvous.
        let on = move |wire: &Wire| (wire.kind() == kind && which.takes(wire)).then(String::new);
        let (does, times) = (self.does.clone(), self.times);
        ProtocolFault { name: toxic.to_owned(), kind, on: Arc::new(on), does, times }
    }
}

fn act(name: &str, all: &Map<String, Value>) -> Result<Act, ApiError> {
    let ms = |name: &str| {
        let ms = needed(all, name, "a whole number of milliseconds")?;
        Ok::<_, ApiError>(Duration::from_millis(ms).min(LONGEST))
    };
    Ok(match name {
        "message_delay" => Act::Delay(ms("delay")?),
        "message_cut" => Act::Cut,
        "kafka_error" => {
            let code: i16 = needed(all, "code", "one of Kafka's, such as 25")?;
            if code == 0 {
                return Err(wrong("code", "0 is no error; write one of Kafka's, such as 25"));
            }
            Act::Change(Change::KafkaError(code))
        }
        "kafka_throttle" => Act::Change(Change::KafkaThrottle(ms("time")?)),
        "mysql_error" => {
            let code: u16 = needed(all, "code", "one of MySQL's, such as 1213")?;
            let sqlstate: String = needed(all, "sqlstate", "five letters and digits, such as \"40001\"")?;
            let message = needed(all, "message", "what the client is told")?;
            if code == 0 {
                return Err(wrong("code", "0 is no error; write one of MySQL's, such as 1213"));
            }
            if sqlstate.len() != 5 || !sqlstate.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let why = format_args!(
                    "`{sqlstate}` is not five letters and digits; write one that is, such as 40001"
                );
                return Err(wrong("sqlstate", why));
            }
            Act::Change(Change::MysqlError { code, sqlstate, message })
        }
        "http_status" => {
            let status: u16 = needed(all, "status", "a number from 200 to 999")?;
            if !(200..1000).contains(&status) {
                let why = format_args!("{status} is no status of an answer; write a number from 200 to 999");
                return Err(wrong("status", why));
            }
            Act::Change(Change::HttpStatus(status))
        }
        "rendezvous" => {
            let parties: usize = needed(all, "parties", "how many connections are to meet, 2 or more")?;
            if parties < 2 {
                return Err(wrong("parties", format_args!("{parties} cannot meet; write 2 or more")));
            }
            Act::Rendezvous { parties, within: ms("within")? }
        }
        _ => return Err(ApiError::invalid_type()),
    })
}

/// Refuses what a link could not do to any such message.
fn possible(name: &str, does: &Act, on: &Told, which: &Match) -> Result<(), ApiError> {
    let kinds = |can: fn(&Told) -> bool| {
        let kinds: Vec<_> = KINDS.iter().filter(|on| can(on)).map(|on| on.kind).collect();
        if can(on) {
            return Ok(());
        }
        let why = format_args!("`{name}` cannot be done to `{}`; take one of: {}", on.kind, kinds.join(", "));
        Err(wrong("on", why))
    };
    match does {
        Act::Delay(_) | Act::Cut | Act::Rendezvous { .. } => Ok(()),
        Act::Change(Change::KafkaThrottle(_)) => kinds(|on| on.protocol == Spoken::Kafka),
        // Of a statement that the server has acted on, it would be a lie.
        Act::Change(Change::MysqlError { .. }) => kinds(|on| on.kind == "statement"),
        Act::Change(Change::HttpStatus(_)) => kinds(|on| on.protocol == Spoken::Http),
        Act::Change(Change::KafkaError(_)) => {
            kinds(|on| {
                on.protocol == Spoken::Kafka && !["offsets-fetched", "records-fetched"].contains(&on.kind)
            })?;
            let can = if on.kind == "kafka-request" { &REFUSED[..] } else { &REFUSED[..CHANGED] };
            match which.api() {
                Some(api) if !can.contains(&api) => {
                    let why =
                        format_args!("`{name}` cannot be done to {api} here; it can to {}", can.join(", "));
                    Err(wrong("match.api", why))
                }
                _ => Ok(()),
            }
        }
    }
}

fn value<T: DeserializeOwned>(all: &Map<String, Value>, name: &str) -> Result<Option<T>, ApiError> {
    let read = |value| T::deserialize(value).map_err(|error| wrong(name, error));
    all.get(name).map(read).transpose()
}

fn needed<T: DeserializeOwned>(all: &Map<String, Value>, name: &str, what: &str) -> Result<T, ApiError> {
    value(all, name)?.ok_or_else(|| wrong(name, format_args!("it is missing; write {what}")))
}

fn wrong(name: &str, why: impl std::fmt::Display) -> ApiError {
    ApiError::bad_body(format_args!("attributes.{name}: {why}"))
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
