//! Answers on their way: read as they pass, or held until it is decided what becomes of them; and those made here, in their
//! turn.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;

use super::asked::Asked;
use super::event::{KafkaEvent, KafkaSaid};
use super::frames::Taken;
use super::refusal::{self, Reply};
use super::session::Session;
use super::subject::{ANSWERED, Subject, is_wanted};
use super::{throttle, topic_errors};
use crate::fault::Change;
use crate::reader::Held;
use crate::wire::Wire;

/// Length and correlation id.
const HEAD: usize = 8;

/// An answer that is held whole, and what is known of its request.
pub(super) struct Answering {
    api_key: i16,
    reply: Reply,
    client: Option<Arc<str>>,
    subject: Subject,
}

impl Session {
    /// Answers come.
    pub(super) fn answers_come(&mut self, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        while !bytes.is_empty() && !self.is_blind {
            self.say(out);
            let Self { down, asked, gate, .. } = self;
            let is_held =
                |asked: &Asked| asked.made.is_some() || asked.change.is_some() || is_wanted(gate, asked);
            let n = if down.holds() {
                0
            } else {
                down.pass_until(bytes, |number| asked.get(number).is_some_and(is_held))
            };
            if n > 0 {
                self.pass_answers(bytes.split_to(n), out);
                continue;
            }
            match self.down.take(bytes) {
                Taken::Short => {}
                Taken::TooLong(start) => {
                    self.down.pass(&start);
                    self.pass_answers(start, out);
                }
                Taken::All(frame) => {
                    if let Some(held) = self.hold_answer(frame, out) {
                        return Some(held);
                    }
                }
            }
        }
        if self.is_blind {
            self.answers.flush(out);
            self.down.flush(out);
            out.push(std::mem::take(bytes));
        } else {
            self.say(out);
        }
        None
    }

    fn pass_answers(&mut self, bytes: Bytes, out: &mut Vec<Bytes>) {
        if let Err(reason) = self.answers.read(bytes, &mut self.asked, out) {
            self.go_blind(format!("server: {reason}"));
        }
        self.told.extend(self.answers.told().map(Wire::Kafka));
    }

    /// Reads an answer that is there as a whole; it goes on if nobody decides about it.
    fn hold_answer(&mut self, frame: Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        let Some(asked) = self.asked.get(0) else {
            self.pass_answers(frame, out);
            return None;
        };
        let (waits, change) = (is_wanted(&self.gate, asked), asked.change.clone());
        let answering = Answering {
            api_key: asked.api_key,
            reply: Reply { version: asked.version, correlation_id: asked.correlation_id },
            client: asked.client.clone(),
            subject: Subject::of(asked.question.as_ref().map(|(_, question)| question)),
        };
        let mut passed = Vec::new();
        if let Err(reason) = self.answers.read(frame, &mut self.asked, &mut passed) {
            out.extend(passed);
            self.go_blind(format!("server: {reason}"));
            return None;
        }
        let about = answering.about(self.answers.told().collect(), self.gate.wants(ANSWERED));
        let mut bytes = whole(passed);
        if let Some(change) = change {
            match answering.changed(&bytes, &change) {
                Ok(changed) => bytes = changed,
                Err(reason) => self.go_blind(format!("server: an answer cannot be changed: {reason}")),
            }
        }
        if !waits || about.is_empty() {
            self.told.extend(about);
            out.push(bytes);
            return None;
        }
        self.answering = Some(answering);
        Some(Held { bytes, about })
    }

    /// The answer that waited goes on.
    pub(super) fn release_answer(
        &mut self,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        let changed = match (self.answering.take(), change) {
            (Some(answering), Some(change)) => answering.changed(&held.bytes, change),
            (_, None) => Ok(held.bytes.clone()),
            (None, Some(_)) => Err("nothing was read of it".to_owned()),
        };
        let result = match changed {
            Ok(bytes) => {
                out.push(bytes);
                Ok(())
            }
            Err(reason) => {
                out.push(held.bytes);
                Err(reason)
            }
        };
        self.say(out);
        result
    }

    /// Says what was made here and whose turn it is.
    pub(super) fn say(&mut self, out: &mut Vec<Bytes>) {
        if !self.down.is_between() || self.answering.is_some() {
            return;
        }
        while let Some(made) = self.asked.pop_made() {
            self.told.extend(made.told.into_iter().map(Wire::Kafka));
            out.push(made.frame);
        }
    }
}

impl Answering {
    /// What is told of it.
    fn about(&self, events: Vec<KafkaEvent>, wants_answered: bool) -> Vec<Wire> {
        let said: Vec<KafkaSaid> = events.iter().map(|event| event.said.clone()).collect();
        let mut about: Vec<Wire> = events.into_iter().map(Wire::Kafka).collect();
        if wants_answered {
            let said = self.subject.clone().answered(self.api_key, &said);
            about.push(Wire::Kafka(KafkaEvent { client: self.client.clone(), said }));
        }
        about
    }

    /// Its frame, changed. An error says why it cannot be.
    fn changed(&self, frame: &Bytes, change: &Change) -> Result<Bytes, String> {
        let Self { api_key, reply, subject, .. } = self;
        match change {
            Change::KafkaError(code) if *api_key == ApiKey::Metadata as i16 => {
                let body = topic_errors::set(frame.get(HEAD..).unwrap_or_default(), reply.version, *code)
                    .map_err(|error| error.to_string())?;
                reframed(frame, &body)
            }
            Change::KafkaError(code) => refusal::instead(*api_key, *reply, subject, *code),
            Change::KafkaThrottle(time) => throttle::set(frame, *api_key, reply.version, *time),
            Change::MysqlError { .. } | Change::HttpStatus(_) => {
                Err("this is no change for Kafka".to_owned())
            }
        }
    }
}

/// A frame with another body.
fn reframed(frame: &[u8], body: &[u8]) -> Result<Bytes, String> {
    let length = u32::try_from(body.len() + 4).map_err(|_| "it would be too long".to_owned())?;
    let mut changed = BytesMut::with_capacity(HEAD + body.len());
    changed.extend_from_slice(&length.to_be_bytes());
    changed.extend_from_slice(frame.get(4..HEAD).unwrap_or_default());
    changed.extend_from_slice(body);
    Ok(changed.freeze())
}

fn whole(mut pieces: Vec<Bytes>) -> Bytes {
    match pieces.pop() {
        Some(only) if pieces.is_empty() => only,
        last => pieces.into_iter().chain(last).flatten().collect(),
    }
}
