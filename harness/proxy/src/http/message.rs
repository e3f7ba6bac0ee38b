//! One direction: the message that is passing.

use bytes::BytesMut;

use super::body::Body;
use super::event::HttpEvent;
use super::flow::Flow;
use super::head::MAX_HEAD;
use super::partial::Partial;
use crate::reader::Held;
use crate::wire::Wire;

/// So much of a message is kept: its head, and 1 MiB of its body.
const MAX_KEPT: usize = MAX_HEAD + 1024 * 1024;

/// What becomes of a message's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fate {
    #[default]
    Pass,
    /// They wait here until it is decided what becomes of the message.
    Keep,
    /// They go nowhere: it has been answered, or replaced.
    Swallow,
}

/// The message that is passing, or the next one.
#[derive(Debug, Default)]
pub(super) struct Message {
    head: Partial,
    /// What is left of it when its head is through.
    pub(super) body: Body,
    pub(super) fate: Fate,
    kept: BytesMut,
    /// What is to be told of what is kept.
    pub(super) about: Option<HttpEvent>,
}

impl Message {
    /// Whether the next byte begins a message.
    pub(super) fn is_fresh(&self) -> bool {
        self.body.is_done() && self.head.is_empty()
    }

    /// Reads on in its head; returns it when it is whole.
    pub(super) fn head<T>(
        &mut self,
        flow: &mut Flow<'_>,
        parse: impl FnOnce(&[u8]) -> Result<Option<(usize, T)>, String>,
    ) -> Result<Option<T>, String> {
        let parsed = self.head.parse(flow.rest(), MAX_HEAD, parse)?;
        let (n, head) = match parsed {
            Some((n, head)) => (n, Some(head)),
            None => (flow.rest().len(), None),
        };
        self.move_on(n, flow);
        Ok(head)
    }

    /// Reads on in its body.
    pub(super) fn body(&mut self, flow: &mut Flow<'_>) -> Result<(), String> {
        let mut rest = flow.rest();
        if self.fate == Fate::Keep {
            rest = &rest[..rest.len().min(MAX_KEPT.saturating_sub(self.kept.len()))];
        }
        let n = self.body.take(rest)?;
        self.move_on(n, flow);
        Ok(())
    }

    fn move_on(&mut self, n: usize, flow: &mut Flow<'_>) {
        match self.fate {
            Fate::Pass => flow.pass(n),
            Fate::Keep => flow.keep(n, &mut self.kept),
            Fate::Swallow => flow.swallow(n),
        }
    }

    /// The message, if it is kept and enough of it has come to decide what becomes of it. One that ends with its connection
    /// is not waited for.
    pub(super) fn hold(&mut self) -> Option<Held> {
        let is_enough =
            self.body.is_done() || self.body.ends_with_connection() || self.kept.len() >= MAX_KEPT;
        let about = self.about.take_if(|_| is_enough)?;
        Some(Held { bytes: std::mem::take(&mut self.kept).freeze(), about: vec![Wire::Http(about)] })
    }

    /// Whether more of it is to come that goes nowhere.
    pub(super) fn is_swallowed(&self) -> bool {
        self.fate == Fate::Swallow && !self.body.is_done()
    }

    /// What was kept goes on as it came.
    pub(super) fn let_go(&mut self) -> BytesMut {
        self.fate = Fate::Pass;
        std::mem::take(&mut self.kept)
    }
}
