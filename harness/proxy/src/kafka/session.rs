//! One connection that speaks Kafka.

use std::sync::Arc;

use bytes::Bytes;

use super::addresses::BrokerAddresses;
use super::answering::Answering;
use super::answers::Answers;
use super::asked::Outstanding;
use super::frames::Frames;
use super::requests::{Request, Requests};
use super::unknown::Unknown;
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader, Unread};
use crate::toxic::Direction;
use crate::wire::Wire;

/// One connection that speaks Kafka, or did until it went blind.
pub(crate) struct Session {
    pub(super) gate: Arc<Gate>,
    pub(super) requests: Requests,
    pub(super) answers: Answers,
    pub(super) asked: Outstanding,
    /// Both directions' frames.
    pub(super) up: Frames,
    pub(super) down: Frames,
    /// The request that waits at the gate.
    pub(super) asking: Option<Request>,
    /// The answer that waits there.
    pub(super) answering: Option<Answering>,
    pub(super) told: Vec<Wire>,
    pub(super) unknown: Unknown,
    /// What passes is no longer read.
    pub(super) is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
    /// Answers that were to be made or changed here never will be.
    is_stranded: bool,
}

impl Session {
    pub(crate) fn new(brokers: BrokerAddresses, gate: Arc<Gate>) -> Self {
        Self {
            gate,
            requests: Requests::new(),
            answers: Answers::new(brokers),
            asked: Outstanding::default(),
            up: Frames::default(),
            down: Frames::default(),
            asking: None,
            answering: None,
            told: Vec::new(),
            unknown: Unknown::default(),
            is_blind: false,
            reason: None,
            is_stranded: false,
        }
    }

    /// From here on nothing is read. Where answers that were made here have yet to be given, the client would wait for them for
    /// ever: nobody knows any more when their turn would be.
    pub(super) fn go_blind(&mut self, reason: String) {
        self.is_blind = true;
        self.reason = Some(reason);
        self.is_stranded |= self.asked.owes();
        self.asked = Outstanding::default();
    }
}

impl Reader for Session {
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        match direction {
            Direction::Upstream => self.requests_come(bytes, out),
            Direction::Downstream => self.answers_come(bytes, out),
        }
    }

    fn release(
        &mut self,
        direction: Direction,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        match direction {
            Direction::Upstream => self.release_request(held, change, out),
            Direction::Downstream => self.release_answer(held, change, out),
        }
    }

    fn ended(&mut self, direction: Direction, out: &mut Vec<Bytes>) {
        // What was cut off goes on as far as it came.
        match direction {
            Direction::Upstream => self.up.flush(out),
            Direction::Downstream => {
                self.answers.flush(out);
                self.down.flush(out);
            }
        }
    }

    fn answers(&mut self) -> Vec<Bytes> {
        let mut out = Vec::new();
        self.say(&mut out);
        out
    }

    fn told(&mut self) -> Vec<Wire> {
        std::mem::take(&mut self.told)
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }

    fn is_stranded(&self) -> bool {
        self.is_stranded
    }

    fn unread(&mut self) -> Vec<Unread> {
        self.unknown.take()
    }
}
