//! One connection that speaks HTTP.

use std::sync::Arc;

use bytes::Bytes;

use super::event::{ANSWERED, ASKED};
use super::exchanges::Exchanges;
use super::flow::Flow;
use super::head;
use super::message::{Fate, Message};
use super::status;
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader};
use crate::toxic::Direction;
use crate::wire::Wire;

/// One connection that speaks HTTP, or did until it went blind.
pub(crate) struct Session {
    gate: Arc<Gate>,
    request: Message,
    answer: Message,
    /// The server will close the connection behind the answer that is passing.
    closes: bool,
    /// What follows the answer that is held is another protocol.
    switches: bool,
    exchanges: Exchanges,
    /// What the client is to be told by us, and when: now.
    said: Vec<Bytes>,
    told: Vec<Wire>,
    /// What passes is no longer read.
    is_blind: bool,
    /// Why; until it is told.
    reason: Option<String>,
    /// Answers of ours have yet to be given, or what is left of a message kept from the other side.
    is_stranded: bool,
}

impl Session {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        Self {
            gate,
            request: Message::default(),
            answer: Message::default(),
            closes: false,
            switches: false,
            exchanges: Exchanges::default(),
            said: Vec::new(),
            told: Vec::new(),
            is_blind: false,
            reason: None,
            is_stranded: false,
        }
    }

    /// Reads on in what the client sends.
    fn requests(&mut self, flow: &mut Flow<'_>) -> Result<(), String> {
        let Self { request, exchanges, .. } = self;
        if !request.body.is_done() {
            return request.body(flow);
        }
        if request.is_fresh() {
            request.fate = if self.gate.wants(ASKED) { Fate::Keep } else { Fate::Pass };
        }
        let Some(mut head) = request.head(flow, head::request)? else {
            return Ok(());
        };
        request.body = std::mem::take(&mut head.body);
        let asked = exchanges.ask(head)?.asked();
        if request.fate == Fate::Keep {
            request.about = Some(asked);
            exchanges.in_turn(&mut self.said);
        } else {
            exchanges.forward();
            self.told.push(Wire::Http(asked));
        }
        Ok(())
    }

    /// Reads on in what the server sends.
    fn answers(&mut self, flow: &mut Flow<'_>) -> Result<(), String> {
        let Self { answer, exchanges, .. } = self;
        if answer.body.is_done() {
            let asked = exchanges.first()?;
            if answer.is_fresh() {
                // A second `100 Continue` is kept from the client.
                let keeps = self.gate.wants(ANSWERED) || asked.told_to_continue;
                answer.fate = if keeps { Fate::Keep } else { Fate::Pass };
            }
            let Some(head) = answer.head(flow, head::answer)? else {
                return Ok(());
            };
            if head.is_interim() {
                let kept = answer.let_go();
                if head.status != 100 || !asked.told_to_continue {
                    flow.say(kept.freeze());
                }
                return Ok(());
            }
            self.switches = head.switches(&asked.method);
            answer.body = head.body(&asked.method);
            self.closes = asked.closes || head.closes || answer.body.ends_with_connection();
            let about = asked.answered(head.status);
            if answer.fate == Fate::Keep {
                answer.about = about;
                return Ok(());
            }
            self.told.extend(about.map(Wire::Http));
            if self.switches {
                return Err(SWITCHED.to_owned());
            }
        } else {
            answer.body(flow)?;
        }
        // What is kept is through when it is released.
        if answer.body.is_done() && answer.fate != Fate::Keep {
            exchanges.done();
            exchanges.in_turn(flow.out());
        }
        Ok(())
    }

    fn message(&mut self, direction: Direction) -> &mut Message {
        match direction {
            Direction::Upstream => &mut self.request,
            Direction::Downstream => &mut self.answer,
        }
    }

    /// What is kept of a message that will not become whole goes on.
    fn let_go(&mut self, direction: Direction) -> Bytes {
        if let Some(about) = self.message(direction).about.take() {
            self.told.push(Wire::Http(about));
            if direction == Direction::Upstream {
                self.exchanges.forward();
            }
        }
        self.message(direction).let_go().freeze()
    }

    fn go_blind(&mut self, direction: Direction, reason: &str) {
        let whose = match direction {
            Direction::Upstream => "client",
            Direction::Downstream => "server",
        };
        self.is_blind = true;
        self.reason = Some(format!("{whose}: {reason}"));
        self.is_stranded |= self.exchanges.owe() || self.request.is_swallowed() || self.answer.is_swallowed();
        self.exchanges = Exchanges::default();
    }

    /// A request that was held goes on, or is answered.
    fn release_request(&mut self, held: Held, answer: Option<Bytes>, out: &mut Vec<Bytes>) {
        match answer {
            None => {
                self.request.fate = Fate::Pass;
                self.exchanges.forward();
                out.push(held.bytes);
            }
            Some(answer) => {
                self.request.fate = Fate::Swallow;
                self.exchanges.refuse(answer);
                self.exchanges.in_turn(&mut self.said);
            }
        }
    }

    /// An answer that was held goes on, or another one instead.
    fn release_answer(&mut self, held: Held, answer: Option<Bytes>, out: &mut Vec<Bytes>) {
        self.answer.fate = if answer.is_some() { Fate::Swallow } else { Fate::Pass };
        out.push(answer.unwrap_or(held.bytes));
        if self.switches && !self.is_blind {
            self.go_blind(Direction::Downstream, SWITCHED);
        } else if self.answer.body.is_done() {
            self.exchanges.done();
            self.exchanges.in_turn(out);
        }
    }

    /// What goes to the client instead of what is held.
    fn instead(&self, direction: Direction, change: &Change) -> Result<Bytes, String> {
        let Change::HttpStatus(status) = change else {
            return Err("not HTTP's".to_owned());
        };
        if self.is_blind {
            return Err("what passes is no longer understood".to_owned());
        }
        let closes = match direction {
            Direction::Upstream => self.exchanges.last().is_some_and(|last| last.closes),
            Direction::Downstream if self.switches => return Err(SWITCHED.to_owned()),
            Direction::Downstream => self.closes,
        };
        status::answer(*status, closes)
    }
}

/// Why nothing is read behind such an answer.
const SWITCHED: &str = "it has switched to another protocol";

impl Reader for Session {
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        if direction == Direction::Downstream {
            out.append(&mut self.said);
        }
        let mut flow = Flow::new(bytes, out);
        while !flow.rest().is_empty() && !self.is_blind {
            let read = match direction {
                Direction::Upstream => self.requests(&mut flow),
                Direction::Downstream => self.answers(&mut flow),
            };
            if let Err(reason) = read {
                self.go_blind(direction, &reason);
            } else if let Some(held) = self.message(direction).hold() {
                flow.flush();
                return Some(held);
            }
        }
        if self.is_blind {
            flow.say(self.let_go(direction));
            flow.pass(flow.rest().len());
        }
        flow.flush();
        None
    }

    fn release(
        &mut self,
        direction: Direction,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        let instead = change.map(|change| self.instead(direction, change)).transpose();
        let (answer, result) = match instead {
            Ok(answer) => (answer, Ok(())),
            Err(reason) => (None, Err(reason)),
        };
        match direction {
            Direction::Upstream => self.release_request(held, answer, out),
            Direction::Downstream => {
                out.append(&mut self.said);
                self.release_answer(held, answer, out);
            }
        }
        result
    }

    fn ended(&mut self, direction: Direction, out: &mut Vec<Bytes>) {
        let kept = self.let_go(direction);
        if !kept.is_empty() {
            out.push(kept);
        }
    }

    fn answers(&mut self) -> Vec<Bytes> {
        let mut said = std::mem::take(&mut self.said);
        if self.is_blind {
            // Kept when the other direction went blind.
            let kept = self.let_go(Direction::Downstream);
            said.extend(Some(kept).filter(|kept| !kept.is_empty()));
        }
        said
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
}
