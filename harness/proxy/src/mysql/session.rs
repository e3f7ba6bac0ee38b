//! One connection that speaks MySQL.

use bytes::Bytes;

use super::answers;
use super::dialogue::{Dialogue, Phase};
use super::masks::{Greeting, Response};
use super::packets::Packets;
use super::requests;
use crate::item::Item;
use crate::reader::Reader;
use crate::toxic::Direction;
use crate::wire::Wire;

/// One connection that speaks MySQL, or did until it went blind.
pub(crate) struct Session {
    greeting: Greeting,
    response: Response,
    requests: Packets,
    answers: Packets,
    dialogue: Dialogue,
    /// What passes is no longer read.
    is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            greeting: Greeting::default(),
            response: Response::default(),
            requests: Packets::new(requests::LOOKED_AT),
            answers: Packets::new(answers::LOOKED_AT),
            dialogue: Dialogue::new(),
            is_blind: false,
            reason: None,
        }
    }

    fn go_blind(&mut self, whose: &str, reason: &str) {
        self.is_blind = true;
        self.reason = Some(format!("{whose}: {reason}"));
        // Nothing of it is needed any more, but what has yet to be told.
        let told = std::mem::take(&mut self.dialogue.told);
        self.dialogue = Dialogue::new();
        self.dialogue.told = told;
        (self.requests, self.answers) = (Packets::new(0), Packets::new(0));
    }
}

impl Reader for Session {
    fn arrive(&mut self, direction: Direction, item: Item) -> Vec<Item> {
        let Item::Data(bytes) = item else {
            return vec![item];
        };
        let bytes = match direction {
            Direction::Upstream => {
                if self.is_blind || !self.greeting.is_understood() {
                    self.response.leave_alone();
                }
                self.response.pass(bytes)
            }
            Direction::Downstream => self.greeting.pass(bytes),
        };
        if direction == Direction::Downstream && !self.is_blind {
            let (dialogue, greeting) = (&mut self.dialogue, &self.greeting);
            let read = if greeting.is_other() {
                Err("what it begins with is no greeting of MySQL's protocol 10".to_owned())
            } else {
                self.answers.read(&bytes, |packet| dialogue.answer(packet, greeting.offered()))
            };
            if let Err(reason) = read {
                self.go_blind("server", &reason);
            }
        }
        vec![Item::Data(bytes)]
    }

    fn leave(&mut self, direction: Direction, bytes: Bytes) -> Vec<Bytes> {
        if direction == Direction::Upstream && !self.is_blind {
            let dialogue = &mut self.dialogue;
            let read = if dialogue.phase == Phase::Greeting {
                Err("it speaks before the server has greeted".to_owned())
            } else {
                self.requests.read(&bytes, |packet| dialogue.request(packet))
            };
            if let Err(reason) = read {
                self.go_blind("client", &reason);
            }
        }
        vec![bytes]
    }

    fn told(&mut self) -> Vec<Wire> {
        std::mem::take(&mut self.dialogue.told)
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }
}
