//! Past the reader and the gate: what is to be held waits here until it is decided what becomes of it.

use bytes::Bytes;
use futures::FutureExt;

use super::{Around, Lane, tell};
use crate::event::LinkEvent;
use crate::gate::{Deciding, Decision};
use crate::item::Item;
use crate::reader::Held;
use crate::toxic::Direction;

/// A message at the gate.
pub(super) struct Waits {
    held: Held,
    deciding: Deciding,
}

impl Lane {
    /// Returns when it is decided what becomes of the message that waits, which is done when it is next moved; never, if
    /// none waits.
    pub(crate) async fn decided(&mut self) {
        match &mut self.held {
            None => std::future::pending().await,
            Some(waits) => {
                let decision = (&mut waits.deciding).await;
                waits.deciding = std::future::ready(decision).boxed();
            }
        }
    }

    /// While a message is held nothing is read, but a reset is no less one.
    pub(super) fn look_for_reset(&mut self, around: &mut Around<'_>) {
        let is_reset = || around.source_gone || matches!(around.source.take_error(), Ok(Some(_)) | Err(_));
        if self.held.is_some() && !self.source_ended && is_reset() {
            self.source_ended = true;
            self.pass_gate(Item::Reset, around);
        }
    }

    /// Past the reader. What is to be held waits here, and what comes behind it, too.
    pub(super) fn pass_gate(&mut self, item: Item, around: &mut Around<'_>) {
        if item.is_urgent() {
            self.held = None;
            self.behind.clear();
        } else if self.held.is_some() {
            return self.behind.push_back(item);
        }
        let mut out = Vec::new();
        match item {
            Item::Data(mut bytes) => {
                let held = around.reader.read(self.direction, &mut bytes, &mut out);
                self.passed(out, around);
                if let Some(held) = held.filter(|_| self.tail.is_none()) {
                    if !bytes.is_empty() {
                        self.behind.push_front(Item::Data(bytes));
                    }
                    self.hold(held, around);
                }
            }
            item => {
                around.reader.ended(self.direction, &mut out);
                self.passed(out, around);
                self.pass(item, around);
            }
        }
    }

    /// What the reader lets go; nothing, if it has gone blind and the connection cannot go on so.
    fn passed(&mut self, out: Vec<Bytes>, around: &mut Around<'_>) {
        if self.is_over(around) {
            self.behind.clear();
            return self.put_out(Item::Blind);
        }
        for bytes in out {
            self.pass(Item::Data(bytes), around);
        }
    }

    /// Tells if the reader has gone blind; answers whether the connection ends with it.
    fn is_over(&mut self, around: &mut Around<'_>) -> bool {
        let Some(mut reason) = around.reader.blind() else {
            return false;
        };
        // What it still understood.
        tell(around);
        let why = match (around.hub.config.strict, around.reader.is_stranded()) {
            (true, _) => Some("the link is strict"),
            (false, true) => {
                Some("something is still to be done in the server's place, and it cannot be known when")
            }
            (false, false) => None,
        };
        if let Some(why) = why {
            reason = format!("{reason}; the connection is reset: {why}");
        }
        around.hub.observe(LinkEvent::Blind { conn: around.conn, reason });
        why.is_some()
    }

    /// It has passed the gate.
    fn pass(&mut self, item: Item, around: &mut Around<'_>) {
        match self.direction {
            Direction::Upstream => self.put_out(item),
            Direction::Downstream => self.enter(item, around),
        }
    }

    /// Tells what was read of a message and holds it until it is decided what becomes of it: perhaps at once.
    fn hold(&mut self, held: Held, around: &mut Around<'_>) {
        tell(around);
        for what in &held.about {
            around.hub.observe(LinkEvent::Read { conn: around.conn, what: what.clone() });
        }
        let deciding = around.hub.gate.decide(around.conn, held.about.as_slice().into());
        self.held = Some(Waits { held, deciding });
        self.release(around);
    }

    /// Lets go what is held, if that is decided, and what came behind it.
    pub(super) fn release(&mut self, around: &mut Around<'_>) {
        while let Some(waits) = &mut self.held {
            let Some(decision) = (&mut waits.deciding).now_or_never() else {
                return;
            };
            let Some(Waits { held, .. }) = self.held.take() else {
                return;
            };
            let mut out = Vec::new();
            match decision {
                Decision::Cut(cut) => return self.pass_gate(Item::Cut(cut), around),
                Decision::Pass => {
                    // Nothing is asked of the reader, so that nothing can go wrong.
                    let _ = around.reader.release(self.direction, held, None, &mut out);
                }
                Decision::Change(fault, change) => {
                    match around.reader.release(self.direction, held, Some(&change), &mut out) {
                        Ok(()) => around.hub.gate.bites(&fault, around.conn, change.to_string()),
                        Err(reason) => around.hub.observe(LinkEvent::NotDone {
                            fault: fault.to_string(),
                            conn: around.conn,
                            reason,
                        }),
                    }
                }
            }
            self.passed(out, around);
            while self.held.is_none()
                && let Some(item) = self.behind.pop_front()
            {
                self.pass_gate(item, around);
            }
        }
    }

    /// What the reader says to the client by itself.
    pub(super) fn answer(&mut self, around: &mut Around<'_>) {
        let answers = around.reader.answers();
        self.passed(answers, around);
    }
}
