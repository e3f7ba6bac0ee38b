//! One connection that speaks MySQL.

use std::sync::Arc;

use bytes::Bytes;

use super::answers;
use super::dialogue::{Dialogue, Phase};
use super::masks::{Greeting, Response};
use super::packets::Packets;
use super::requests;
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader};
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
    pub(crate) fn new(_gate: Arc<Gate>) -> Self {
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

    /// The client's bytes pass.
    fn requests(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.is_blind {
            return Ok(());
        }
        let dialogue = &mut self.dialogue;
        if dialogue.phase == Phase::Greeting {
            return Err("it speaks before the server has greeted".to_owned());
        }
        self.requests.read(bytes, |packet| dialogue.request(packet))
    }

    /// The server's bytes come.
    fn answers(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.is_blind {
            return Ok(());
        }
        let (dialogue, greeting) = (&mut self.dialogue, &self.greeting);
        if greeting.is_other() {
            return Err("what it begins with is no greeting of MySQL's protocol 10".to_owned());
        }
        self.answers.read(bytes, |packet| dialogue.answer(packet, greeting.offered()))
    }

    fn go_blind(&mut self, direction: Direction, reason: &str) {
        let whose = match direction {
            Direction::Upstream => "client",
            Direction::Downstream => "server",
        };
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
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        let bytes = std::mem::take(bytes);
        let read = match direction {
            Direction::Upstream => {
                if self.is_blind || !self.greeting.is_understood() {
                    self.response.leave_alone();
                }
                let bytes = self.response.pass(bytes);
                let read = self.requests(&bytes);
                out.push(bytes);
                read
            }
            Direction::Downstream => {
                let bytes = self.greeting.pass(bytes);
                let read = self.answers(&bytes);
                out.push(bytes);
                read
            }
        };
        if let Err(reason) = read {
            self.go_blind(direction, &reason);
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

    fn told(&mut self) -> Vec<Wire> {
        std::mem::take(&mut self.dialogue.told)
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }
}
