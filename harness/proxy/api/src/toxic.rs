//! A toxic as it is asked for and shown.

use pitfall_proxy::{Direction, Link, LinkError, ProtocolFault};
use serde::Serialize;

use crate::body::Fields;
use crate::error::ApiError;
use crate::kind::Kind;
use crate::spoken::Spoken;

/// A toxic as it is asked for and shown. Numbers are as they were given, whatever they come to on a link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Toxic {
    pub(crate) name: String,
    /// As it was given: in any case.
    stream: String,
    toxicity: f32,
    #[serde(flatten)]
    kind: Kind,
    #[serde(skip)]
    pub(crate) direction: Direction,
}

impl Toxic {
    /// A new one: downstream, with toxicity 1 and named `TYPE_STREAM`, if nothing else is said. One that acts on messages is
    /// in the stream in which these go, whatever is said.
    pub(crate) fn read(json: &[u8]) -> Result<Self, ApiError> {
        let fields = Fields::read(json)?;
        let attributes = fields.object("attributes")?;
        let toxicity = fields.get("toxicity")?.unwrap_or(1.0);
        let kind: String = fields.get("type")?.unwrap_or_default();
        let stream: String = fields.get("stream")?.unwrap_or_else(|| "downstream".to_owned());
        let direction = match stream.to_lowercase().as_str() {
            "upstream" => Direction::Upstream,
            "downstream" => Direction::Downstream,
            _ => return Err(ApiError::invalid_stream()),
        };
        let given = fields.get::<String>("name")?.filter(|name| !name.is_empty());
        let toxic =
            Self { name: String::new(), stream, toxicity, kind: Kind::read(&kind, &attributes)?, direction };
        let toxic = toxic.settled()?;
        let name = given.unwrap_or_else(|| format!("{kind}_{}", toxic.stream));
        Ok(Self { name, ..toxic })
    }

    /// The same with another toxicity and other attributes, where these are given. Nothing else of it changes.
    pub(crate) fn changed(&self, json: &[u8]) -> Result<Self, ApiError> {
        let fields = Fields::read(json)?;
        let toxicity = fields.get("toxicity")?.unwrap_or(self.toxicity);
        let kind = self.kind.with(&fields.object("attributes")?)?;
        Self { toxicity, kind, ..self.clone() }.settled()
    }

    /// With the stream that follows from what it acts on.
    fn settled(mut self) -> Result<Self, ApiError> {
        let Kind::Message(message) = &self.kind else { return Ok(self) };
        if self.toxicity != 1.0 {
            let why = "this type acts on messages, not by chance; write 1, and choose by `match` and `times`";
            return Err(ApiError::bad_body(format_args!("toxicity: {why}")));
        }
        self.direction = message.on().direction;
        self.stream = match self.direction {
            Direction::Upstream => "upstream".to_owned(),
            Direction::Downstream => "downstream".to_owned(),
        };
        Ok(self)
    }

    /// Whether it can act on a proxy that speaks this.
    pub(crate) fn fits(&self, spoken: Spoken, proxy: &str) -> Result<(), ApiError> {
        match &self.kind {
            Kind::Bytes(_) => Ok(()),
            Kind::Message(message) => message.fits(spoken, proxy),
        }
    }

    /// Whether both act in one row, where the order counts.
    pub(crate) fn is_in_row_with(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Bytes(_), Kind::Bytes(_)) => self.direction == other.direction,
            (Kind::Message(_), Kind::Message(_)) => true,
            _ => false,
        }
    }

    /// What it is on a link, if anything.
    pub(crate) fn acting(&self) -> Option<Acting> {
        let (name, direction) = (self.name.clone(), self.direction);
        match &self.kind {
            Kind::Message(message) => Some(Acting::Messages(message.fault(&name))),
            Kind::Bytes(bend) => {
                let toxicity = f64::from(self.toxicity).clamp(0.0, 1.0);
                let kind = bend.acting()?;
                Some(Acting::Bytes(pitfall_proxy::Toxic { name, kind, direction, toxicity }))
            }
        }
    }
}

/// What a toxic is on a link.
pub(crate) enum Acting {
    /// Acts on bytes.
    Bytes(pitfall_proxy::Toxic),
    /// Acts on messages.
    Messages(ProtocolFault),
}

impl Acting {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Bytes(toxic) => &toxic.name,
            Self::Messages(fault) => &fault.name,
        }
    }

    /// Acts from now on, behind those already there.
    pub(crate) async fn begin(self, link: &Link) -> Result<(), LinkError> {
        match self {
            Self::Bytes(toxic) => link.add(toxic).await,
            Self::Messages(fault) => link.inject(fault).await,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        let toxic = Toxic::read(br#"{"type": "latency"}"#).unwrap();
        let shown = json!({ "name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0,
            "attributes": { "latency": 0, "jitter": 0 } });
        assert_eq!(serde_json::to_value(&toxic).unwrap(), shown);
        assert_eq!(toxic.direction, Direction::Downstream);
    }

    #[test]
    fn changes_keep_all_else() {
        let json =
            br#"{"type": "slicer", "stream": "UpStream", "toxicity": 0.5, "attributes": {"delay": 3}}"#;
        let before = Toxic::read(json).unwrap();
        let after = before
            .changed(br#"{"name": "x", "stream": "y", "type": "z", "attributes": {"average_size": 2}}"#);
        let shown = json!({ "name": "slicer_UpStream", "type": "slicer", "stream": "UpStream", "toxicity": 0.5,
            "attributes": { "average_size": 2, "size_variation": 0, "delay": 3 } });
        assert_eq!(serde_json::to_value(after.unwrap()).unwrap(), shown);
        assert_eq!(before.changed(br#"{"toxicity": 0.25}"#).unwrap().toxicity, 0.25);
    }

    #[test]
    fn more_than_always_is_always_and_less_than_never_is_never() {
        for (asked, acting) in [(2.5, 1.0), (-1.0, 0.0), (0.5, 0.5)] {
            let toxic =
                Toxic::read(json!({ "type": "timeout", "toxicity": asked }).to_string().as_bytes()).unwrap();
            let Some(Acting::Bytes(bending)) = toxic.acting() else { panic!("{toxic:?}") };
            assert_eq!((toxic.toxicity, bending.toxicity), (asked, acting));
        }
    }

    #[test]
    fn refusals_come_in_their_order() {
        let refused = |json: &str| Toxic::read(json.as_bytes()).unwrap_err();
        assert_eq!(refused(r#"{"type": "x", "stream": "y"}"#), ApiError::invalid_stream());
        assert_eq!(refused(r#"{"type": "x"}"#), ApiError::invalid_type());
        assert_eq!(refused(r#"{"attributes": []}"#).status, 400);
    }
}
