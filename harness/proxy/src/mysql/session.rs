//! One connection that speaks MySQL.

use std::sync::Arc;

use bytes::Bytes;

use super::answers;
use super::dialogue::{Dialogue, Phase};
use super::event::{MysqlEvent, SqlError};
use super::listeners::{Answers, Requests};
use super::masks::{Greeting, Response};
use super::passage::Passage;
use super::requests;
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader};
use crate::toxic::Direction;
use crate::wire::Wire;

/// One connection that speaks MySQL, or did until it went blind.
pub(crate) struct Session {
    pub(super) gate: Arc<Gate>,
    greeting: Greeting,
    response: Response,
    requests: Passage,
    answers: Passage,
    dialogue: Dialogue,
    /// An answer waits at the gate: nothing may overtake it.
    holds_answer: bool,
    /// What passes is no longer read.
    is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
    /// Errors have yet to be said to the client, answers to be kept from it, or types of parameters to be given to the server.
    is_stranded: bool,
}

impl Session {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        Self {
            gate,
            greeting: Greeting::default(),
            response: Response::default(),
            requests: Passage::new(requests::LOOKED_AT),
            answers: Passage::new(answers::LOOKED_AT),
            dialogue: Dialogue::new(),
            holds_answer: false,
            is_blind: false,
            reason: None,
            is_stranded: false,
        }
    }

    /// The client's bytes pass.
    fn client_says(&mut self, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Result<Option<Held>, String> {
        if self.is_blind || !self.greeting.is_understood() {
            self.response.leave_alone();
        }
        *bytes = self.response.pass(std::mem::take(bytes));
        let holds = self.gate.wants("statement");
        let mut listener = Requests { dialogue: &mut self.dialogue, holds };
        if self.is_blind {
            self.requests.flush(&mut listener, out);
            return Ok(None);
        }
        if listener.dialogue.phase == Phase::Greeting {
            return Err("it speaks before the server has greeted".to_owned());
        }
        self.requests.read(bytes, &mut listener, out)
    }

    /// The server's bytes come.
    fn server_says(&mut self, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Result<Option<Held>, String> {
        *bytes = self.greeting.pass(std::mem::take(bytes));
        let (holds, offered) = (self.gate.wants("statement-answered"), self.greeting.offered());
        let mut listener = Answers { dialogue: &mut self.dialogue, offered, holds };
        if self.is_blind {
            self.answers.flush(&mut listener, out);
            return Ok(None);
        }
        if self.greeting.is_other() {
            return Err("what it begins with is no greeting of MySQL's protocol 10".to_owned());
        }
        self.answers.read(bytes, &mut listener, out)
    }

    fn go_blind(&mut self, direction: Direction, reason: &str) {
        let whose = match direction {
            Direction::Upstream => "client",
            Direction::Downstream => "server",
        };
        self.is_blind = true;
        self.reason = Some(format!("{whose}: {reason}"));
        self.is_stranded |= self.dialogue.owes() || self.answers.drops();
        // Nothing of it is needed any more, but what has yet to be told.
        let told = std::mem::take(&mut self.dialogue.told);
        self.dialogue = Dialogue::new();
        self.dialogue.told = told;
    }

    /// Makes of a held message what is asked for.
    fn change(&mut self, direction: Direction, held: &Held, change: &Change) -> Result<Vec<Bytes>, String> {
        let Change::MysqlError { code, sqlstate, message } = change else {
            return Err("not MySQL's".to_owned());
        };
        if self.is_blind {
            return Err("what passes is no longer read: the link has told why".to_owned());
        }
        if direction == Direction::Downstream {
            return Err(
                "an error after the server acted would be a lie: hold the statement instead".to_owned()
            );
        }
        let [Wire::Mysql(MysqlEvent::Statement { number, .. })] = held.about[..] else {
            return Err("it is no statement".to_owned());
        };
        let error = SqlError { code: *code, sqlstate: sqlstate.clone(), message: message.clone() };
        self.dialogue.refuse(number, &held.bytes, &error)
    }
}

impl Reader for Session {
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        let read = match direction {
            Direction::Upstream => self.client_says(bytes, out),
            Direction::Downstream => self.server_says(bytes, out),
        };
        match read {
            Ok(Some(held)) => {
                self.holds_answer |= direction == Direction::Downstream;
                return Some(held);
            }
            Ok(None) => {}
            Err(reason) => self.go_blind(direction, &reason),
        }
        // What is not read passes.
        if !bytes.is_empty() {
            out.push(std::mem::take(bytes));
        }
        None
    }

    fn release(
        &mut self,
        direction: Direction,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        let failed = match change.map(|change| self.change(direction, &held, change)) {
            Some(Ok(instead)) => {
                out.extend(instead);
                return Ok(());
            }
            Some(Err(reason)) => Err(reason),
            None => Ok(()),
        };
        match direction {
            Direction::Upstream => out.push(self.dialogue.statements.completed(held.bytes)),
            Direction::Downstream => {
                self.holds_answer = false;
                out.push(held.bytes);
                out.extend(self.dialogue.said());
            }
        }
        failed
    }

    fn ended(&mut self, direction: Direction, out: &mut Vec<Bytes>) {
        let (dialogue, holds, offered) = (&mut self.dialogue, false, 0);
        match direction {
            Direction::Upstream => self.requests.flush(&mut Requests { dialogue, holds }, out),
            Direction::Downstream => self.answers.flush(&mut Answers { dialogue, offered, holds }, out),
        }
    }

    fn answers(&mut self) -> Vec<Bytes> {
        if self.holds_answer || !self.answers.is_between() { Vec::new() } else { self.dialogue.said() }
    }

    fn told(&mut self) -> Vec<Wire> {
        std::mem::take(&mut self.dialogue.told)
    }

    fn blind(&mut self) -> Option<String> {
        self.reason.take()
    }

    fn is_stranded(&self) -> bool {
        self.is_stranded
    }
}
