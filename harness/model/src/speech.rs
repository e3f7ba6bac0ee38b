//! What a fault says in place of a server, or does to single requests and answers, as scenario files name it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    condition::{Condition, Form, Matching, plain},
    event::Event,
};

/// What is done to the requests and answers that a fault is [`On`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Speech {
    /// They go on later; what comes behind them on their connection waits too.
    Delay {
        /// The delay.
        #[serde(with = "humantime_serde")]
        delay: Duration,
    },
    /// The connection is cut in their place: the request never went on, or the server acted and its answer is lost.
    Cut {},
    /// Kafka: a request is not forwarded and is answered with this error; or the errors of an answer become this one.
    KafkaError {
        /// Kafka's number, e.g. 25.
        code: i16,
    },
    /// Kafka: the answer asks the client to be quiet for so long.
    KafkaThrottle {
        /// The time.
        #[serde(with = "humantime_serde")]
        time: Duration,
    },
    /// MySQL: a statement is not carried out and is answered with this error; 1213 rolls its transaction back.
    MysqlError {
        /// MySQL's number, e.g. 1213.
        code: u16,
        /// The SQLSTATE; that of the number, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sqlstate: Option<String>,
    },
    /// HTTP: this status and no body in place of the answer.
    HttpStatus {
        /// The status.
        status: u16,
    },
    /// They wait for each other until they have come on so many connections: a race made to happen. Once for each key.
    Rendezvous {
        /// How many connections.
        #[serde(default = "two")]
        parties: usize,
        /// The field of the event whose value is the key; all are of one key, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// How long the first waits.
        #[serde(with = "humantime_serde")]
        within: Duration,
    },
}

fn two() -> usize {
    2
}

/// Which protocol's requests and answers an event is about; each of them can be held on a link.
const HELD: &[(&str, &[&str])] = &[
    (
        "Kafka",
        &[
            "kafka-request",
            "kafka-answered",
            "group-joined",
            "group-synced",
            "group-left",
            "heartbeat-refused",
            "group-heartbeat",
            "offset-commit",
            "offsets-fetched",
            "records-fetched",
            "produce-answered",
        ],
    ),
    ("MySQL", &["statement", "statement-answered"]),
    ("HTTP", &["http-request", "http-answered"]),
];

/// The protocol whose requests or answers an event is about, if it is one that links hold.
pub(crate) fn protocol_of(event: &str) -> Option<&'static str> {
    HELD.iter().find(|(_, events)| events.contains(&event)).map(|(protocol, _)| *protocol)
}

impl Speech {
    /// The only protocol it can be said in.
    pub(crate) fn protocol(&self) -> Option<&'static str> {
        match self {
            Self::KafkaError { .. } | Self::KafkaThrottle { .. } => Some("Kafka"),
            Self::MysqlError { .. } => Some("MySQL"),
            Self::HttpStatus { .. } => Some("HTTP"),
            Self::Delay { .. } | Self::Cut {} | Self::Rendezvous { .. } => None,
        }
    }
}

/// On which requests or answers a fault acts: `EVENT [field=value …] [~ "regex"]`, of an event that is told of a message
/// before it goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct On {
    text: String,
    matching: Matching,
}

impl On {
    /// The same as a condition.
    pub(crate) fn condition(&self) -> Result<Condition, String> {
        self.text.parse()
    }

    /// Whether it is one of these; returned is the value of the field `by` (empty without), by which they belong together.
    pub fn key(&self, event: &Event, by: Option<&str>) -> Option<String> {
        if !self.matching.matches(event) {
            return None;
        }
        let Some(by) = by else { return Some(String::new()) };
        Some(plain(serde_json::to_value(event).ok()?.get(by)?))
    }

    /// The event's name.
    pub fn event(&self) -> &'static str {
        let held = HELD.iter().flat_map(|(_, events)| events.iter().copied());
        held.into_iter().find(|event| *event == self.matching.event).unwrap_or_default()
    }
}

impl TryFrom<String> for On {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let condition: Condition = text.parse()?;
        let mut parts = condition.parts.into_iter();
        let (Some(Form::Nth { matching, nth: 1 }), None) = (parts.next(), parts.next()) else {
            return Err(
                "`on` names one event, without `nth`: the nth is for `begin`, how often for `times`".into()
            );
        };
        if protocol_of(&matching.event).is_none() {
            let names: Vec<&str> = HELD.iter().flat_map(|(_, events)| events.iter().copied()).collect();
            return Err(format!(
                "no link can hold `{}`: `on` takes one of {}",
                matching.event,
                names.join(", ")
            ));
        }
        Ok(Self { text, matching })
    }
}

impl From<On> for String {
    fn from(on: On) -> Self {
        on.text
    }
}

impl PartialEq for On {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::event::What;

    #[test]
    fn only_what_a_link_can_hold_can_be_spoken_to() {
        for (text, says) in [
            ("log ~ \"x\"", "no link can hold `log`: `on` takes one of kafka-request"),
            ("statement nth=2", "the nth is for `begin`"),
            ("statement and statement", "names one event"),
            ("start", "names one event"),
            ("statment", "did you mean `statement`"),
        ] {
            let error = On::try_from(text.to_owned()).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn the_key_is_the_value_of_a_field() {
        let on = On::try_from("statement ~ \"^SELECT\"".to_owned()).unwrap();
        let what = |text: &str| What::Statement {
            statement: 1,
            database: None,
            text: text.into(),
            params: vec!["17".into()],
        };
        let event = |what| Event { seq: 0, at: 0, link: None, conn: Some(3), order: None, what };
        assert_eq!(on.key(&event(what("SELECT 1")), Some("params")).as_deref(), Some("[\"17\"]"));
        assert_eq!(on.key(&event(what("SELECT 1")), Some("text")).as_deref(), Some("SELECT 1"));
        assert_eq!(on.key(&event(what("SELECT 1")), None).as_deref(), Some(""));
        assert_eq!(on.key(&event(what("INSERT 1")), None), None);
    }

    #[test]
    fn what_links_hold_are_events() {
        let names = What::names();
        let missing = HELD.iter().flat_map(|(_, events)| *events).filter(|event| !names.contains(event));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
