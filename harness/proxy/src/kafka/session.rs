//! One connection that speaks Kafka.

use std::sync::Arc;

use bytes::Bytes;

use super::addresses::BrokerAddresses;
use super::answers::Answers;
use super::asked::{Asked, Outstanding};
use super::event::KafkaEvent;
use super::question::Question;
use super::requests::{Request, Requests};
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader};
use crate::toxic::Direction;
use crate::wire::Wire;

/// One connection that speaks Kafka, or did until it went blind.
pub(crate) struct Session {
    requests: Requests,
    answers: Answers,
    asked: Outstanding,
    told: Vec<Wire>,
    /// What passes is no longer read.
    is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
}

impl Session {
    pub(crate) fn new(brokers: BrokerAddresses, _gate: Arc<Gate>) -> Self {
        Self {
            requests: Requests::new(),
            answers: Answers::new(brokers),
            asked: Outstanding::default(),
            told: Vec::new(),
            is_blind: false,
            reason: None,
        }
    }

    /// A request's bytes pass.
    fn request(&mut self, bytes: &[u8]) {
        if self.is_blind {
            return;
        }
        let (asked, told) = (&mut self.asked, &mut self.told);
        let result = self.requests.read(bytes, |request| passed(request, asked, told));
        if let Err(reason) = result {
            self.go_blind(format!("client: {reason}"));
        }
    }

    /// An answer's bytes come.
    fn answer(&mut self, bytes: Bytes) -> Vec<Bytes> {
        let mut out = Vec::new();
        if self.is_blind {
            self.answers.flush(&mut out);
            out.push(bytes);
        } else if let Err(reason) = self.answers.read(bytes, &mut self.asked, &mut out) {
            self.go_blind(format!("server: {reason}"));
        }
        self.told.extend(self.answers.told().map(Wire::Kafka));
        out
    }

    fn go_blind(&mut self, reason: String) {
        self.is_blind = true;
        self.reason = Some(reason);
        self.asked = Outstanding::default();
    }
}

/// A request has passed: its answer is awaited, or there is none and what is known is told.
fn passed(request: Request, asked: &mut Outstanding, told: &mut Vec<Wire>) -> Result<(), String> {
    let Request { head, question, kept } = request;
    if head.answered {
        let question = question.map(|question| (head.client_id, question));
        let (api_key, version, correlation_id) = (head.api_key, head.version, head.correlation_id);
        return asked.push(Asked { api_key, version, correlation_id, question, kept });
    }
    if let Some(Question::Produce(produce)) = question {
        let event = |said| Wire::Kafka(KafkaEvent { client: head.client_id.clone(), said });
        told.extend(produce.unanswered().into_iter().map(event));
    }
    Ok(())
}

impl Reader for Session {
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        let bytes = std::mem::take(bytes);
        match direction {
            Direction::Upstream => {
                self.request(&bytes);
                out.push(bytes);
            }
            Direction::Downstream => out.extend(self.answer(bytes)),
        }
        None
    }

    fn release(
        &mut self,
        _: Direction,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        out.push(held.bytes);
        change.map_or(Ok(()), |_| Err("not yet".to_owned()))
    }

    fn ended(&mut self, direction: Direction, out: &mut Vec<Bytes>) {
        if direction == Direction::Downstream {
            // An answer that was cut off goes on as far as it came.
            self.answers.flush(out);
        }
    }

    fn told(&mut self) -> Vec<Wire> {
        std::mem::take(&mut self.told)
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }
}
