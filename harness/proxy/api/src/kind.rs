//! Which toxics there are by name, with which attributes, and what each is on a link. A new type that bends bytes is a variant
//! of [`Bend`] and a line in [`Bend::acting`]; those that act on messages are in `message.rs`.

use std::time::Duration;

use pitfall_proxy::ToxicKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::Fields;
use crate::error::ApiError;
use crate::message::Message;

/// A link takes no longer times; nobody will see the difference.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A toxic's type and attributes, as they are asked for and shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Kind {
    /// Acts on bytes: Toxiproxy's.
    Bytes(Bend),
    /// Acts on a protocol's messages: ours.
    Message(Box<Message>),
}

/// One of Toxiproxy's types: `{"type": "latency", "attributes": {"latency": 5, …}}`.
/// What is not said is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "attributes", rename_all = "snake_case")]
pub(crate) enum Bend {
    /// Does nothing.
    Noop {},
    /// Both in ms.
    Latency {
        #[serde(default)]
        latency: i64,
        #[serde(default)]
        jitter: i64,
    },
    /// In kB/s.
    Bandwidth {
        #[serde(default)]
        rate: i64,
    },
    /// In ms.
    SlowClose {
        #[serde(default)]
        delay: i64,
    },
    /// In ms.
    Timeout {
        #[serde(default)]
        timeout: i64,
    },
    /// In ms.
    ResetPeer {
        #[serde(default)]
        timeout: i64,
    },
    /// In bytes, bytes and µs.
    Slicer {
        #[serde(default)]
        average_size: i64,
        #[serde(default)]
        size_variation: i64,
        #[serde(default)]
        delay: i64,
    },
    /// In bytes.
    LimitData {
        #[serde(default)]
        bytes: i64,
    },
}

impl Kind {
    /// The type of this name with these attributes.
    pub(crate) fn read(name: &str, given: &Fields) -> Result<Self, ApiError> {
        match Message::read(name, given)? {
            Some(message) => Ok(Self::Message(Box::new(message))),
            None => Bend::named(name)?.with(given).map(Self::Bytes),
        }
    }

    /// The same with those attributes that are given; others stay.
    pub(crate) fn with(&self, given: &Fields) -> Result<Self, ApiError> {
        match self {
            Self::Bytes(bend) => bend.with(given).map(Self::Bytes),
            Self::Message(message) => message.with(given).map(Box::new).map(Self::Message),
        }
    }
}

impl Bend {
    /// The type of this name, with all attributes as they are if not said.
    fn named(name: &str) -> Result<Self, ApiError> {
        let json = serde_json::json!({ "type": name, "attributes": {} });
        serde_json::from_value(json).map_err(|_| ApiError::invalid_type())
    }

    /// The same with those attributes that are given; others stay, and unknown ones are passed over.
    fn with(&self, given: &Fields) -> Result<Self, ApiError> {
        let internal = |error: serde_json::Error| ApiError::failed(error.to_string());
        let mut json = serde_json::to_value(self).map_err(internal)?;
        let mut kind = self.clone();
        let names: Vec<String> =
            json["attributes"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
        for name in names {
            let Some(value) = given.get::<Value>(&name)? else { continue };
            json["attributes"][&name] = value;
            kind = serde_json::from_value(json.clone())
                .map_err(|error| ApiError::bad_body(format_args!("attributes.{name}: {error}")))?;
        }
        Ok(kind)
    }

    /// What it does to a link's bytes; `None` if that is nothing. Never refused: what makes no sense becomes the nearest that does.
    pub(crate) fn acting(&self) -> Option<ToxicKind> {
        Some(match *self {
            Self::Noop {} => return None,
            Self::Latency { latency, jitter } => {
                ToxicKind::Latency { latency: ms(latency), jitter: ms(jitter) }
            }
            Self::Bandwidth { rate } => ToxicKind::Bandwidth { rate_kb_s: count(rate) },
            Self::SlowClose { delay } => ToxicKind::SlowClose { delay: ms(delay) },
            Self::Timeout { timeout } => ToxicKind::Timeout { timeout: ms(timeout) },
            Self::ResetPeer { timeout } => ToxicKind::ResetPeer { timeout: ms(timeout) },
            Self::Slicer { average_size, size_variation, delay } => {
                let average_size = size(average_size).max(1);
                let size_variation = size(size_variation).min(average_size - 1);
                let delay = Duration::from_micros(count(delay)).min(LONGEST);
                ToxicKind::Slicer { average_size, size_variation, delay }
            }
            Self::LimitData { bytes } => ToxicKind::LimitData { bytes: count(bytes) },
        })
    }
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn size(value: i64) -> usize {
    usize::try_from(count(value)).unwrap_or(usize::MAX)
}

fn ms(value: i64) -> Duration {
    Duration::from_millis(count(value)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn kind(name: &str, attributes: Value) -> Bend {
        Bend::named(name).unwrap().with(&Fields::of(attributes).unwrap()).unwrap()
    }

    #[test]
    fn each_type_has_its_attributes_in_their_units() {
        let (five, seven) = (Duration::from_millis(5), Duration::from_millis(7));
        let all = [
            (
                "latency",
                json!({ "latency": 5, "jitter": 7 }),
                ToxicKind::Latency { latency: five, jitter: seven },
            ),
            ("bandwidth", json!({ "rate": 5 }), ToxicKind::Bandwidth { rate_kb_s: 5 }),
            ("slow_close", json!({ "delay": 5 }), ToxicKind::SlowClose { delay: five }),
            ("timeout", json!({ "timeout": 5 }), ToxicKind::Timeout { timeout: five }),
            ("reset_peer", json!({ "timeout": 5 }), ToxicKind::ResetPeer { timeout: five }),
            (
                "slicer",
                json!({ "average_size": 9, "size_variation": 4, "delay": 5000 }),
                ToxicKind::Slicer { average_size: 9, size_variation: 4, delay: five },
            ),
            ("limit_data", json!({ "bytes": 5 }), ToxicKind::LimitData { bytes: 5 }),
        ];
        for (name, attributes, acting) in all {
            let kind = kind(name, attributes.clone());
            assert_eq!(kind.acting(), Some(acting));
            assert_eq!(
                serde_json::to_value(&kind).unwrap(),
                json!({ "type": name, "attributes": attributes })
            );
        }
        assert_eq!(kind("noop", json!({})).acting(), None);
        for unknown in ["down", "", "Latency"] {
            assert_eq!(Bend::named(unknown).unwrap_err(), ApiError::invalid_type());
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let before = kind("latency", json!({ "latency": 5, "jitter": 7 }));
        let given = json!({ "JITTER": 1, "latency": null, "more": "of it" });
        let after = before.with(&Fields::of(given).unwrap()).unwrap();
        assert_eq!(after, Bend::Latency { latency: 5, jitter: 1 });
    }

    #[test]
    fn whole_numbers_only() {
        for wrong in [json!("5"), json!(5.0), json!(5.5), json!(9_223_372_036_854_775_808_u64), json!([])] {
            let error =
                Bend::named("limit_data").unwrap().with(&Fields::of(json!({ "bytes": wrong })).unwrap());
            let message = error.unwrap_err().message;
            assert!(message.starts_with("bad request body: attributes.bytes: invalid"), "{message}");
        }
    }

    #[test]
    fn what_makes_no_sense_becomes_the_nearest_that_does() {
        let latency = kind("latency", json!({ "latency": -5, "jitter": i64::MAX })).acting();
        assert_eq!(latency, Some(ToxicKind::Latency { latency: Duration::ZERO, jitter: LONGEST }));
        let slicer = kind("slicer", json!({ "size_variation": 3 })).acting();
        let smallest = ToxicKind::Slicer { average_size: 1, size_variation: 0, delay: Duration::ZERO };
        assert_eq!(slicer, Some(smallest));
    }
}
