//! One connection that speaks Kafka.

use std::collections::VecDeque;

use bytes::Bytes;

use super::addresses::BrokerAddresses;
use super::answers::{Answers, Asked};
use super::requests::Requests;
use crate::item::Item;
use crate::reader::Reader;
use crate::toxic::Direction;

/// So many requests may be without an answer; a broker takes them one by one.
const MAX_ASKED: usize = 64 * 1024;

/// One connection that speaks Kafka, or did until it went blind.
pub(crate) struct Session {
    requests: Requests,
    answers: Answers,
    asked: VecDeque<Asked>,
    /// What passes is no longer read.
    is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
}

impl Session {
    pub(crate) fn new(brokers: BrokerAddresses) -> Self {
        Self {
            requests: Requests::new(),
            answers: Answers::new(brokers),
            asked: VecDeque::new(),
            is_blind: false,
            reason: None,
        }
    }

    /// A request's bytes pass.
    fn request(&mut self, bytes: &[u8]) {
        if self.is_blind {
            return;
        }
        let asked = &mut self.asked;
        let result = self.requests.read(bytes, |head| {
            if head.answered {
                let super::requests::Head { api_key, version, correlation_id, .. } = head;
                asked.push_back(Asked { api_key, version, correlation_id });
            }
        });
        let result = match result {
            Ok(()) if self.asked.len() > MAX_ASKED => {
                Err(format!("more than {MAX_ASKED} requests without an answer"))
            }
            result => result,
        };
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
        out
    }

    fn go_blind(&mut self, reason: String) {
        self.is_blind = true;
        self.reason = Some(reason);
        self.asked = VecDeque::new();
    }
}

impl Reader for Session {
    fn arrive(&mut self, direction: Direction, item: Item) -> Vec<Item> {
        match (direction, item) {
            (Direction::Upstream, item) => vec![item],
            (Direction::Downstream, Item::Data(bytes)) => {
                self.answer(bytes).into_iter().map(Item::Data).collect()
            }
            (Direction::Downstream, item) => {
                // An answer that was cut off goes on as far as it came.
                let mut out = Vec::new();
                self.answers.flush(&mut out);
                out.into_iter().map(Item::Data).chain([item]).collect()
            }
        }
    }

    fn leave(&mut self, direction: Direction, bytes: Bytes) -> Vec<Bytes> {
        if direction == Direction::Upstream {
            self.request(&bytes);
        }
        vec![bytes]
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }
}
