//! Who reads along on a connection, and may change what passes.

use std::sync::Arc;

use bytes::Bytes;

use crate::fault::Change;
use crate::toxic::Direction;
use crate::wire::Wire;

/// Reads both directions of one connection. It stands between the toxics and the upstream: requests come to it when
/// they leave the toxics, answers before they enter them.
pub(crate) trait Reader: Send {
    /// Reads on. Bytes go from `bytes` into `out`, up to the first message that is to be held: what follows it stays in
    /// `bytes`, and nothing more of this direction comes before [`Reader::release`].
    fn read(&mut self, direction: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held>;

    /// The held message goes on into `out`, changed if so decided. An error says why it could not be changed: it has then
    /// gone on as it was.
    fn release(
        &mut self,
        direction: Direction,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String>;

    /// Nothing more comes in this direction: what is kept goes on as it came.
    fn ended(&mut self, _direction: Direction, _out: &mut Vec<Bytes>) {}

    /// What it has to say to the client by itself, when its turn has come: answers to requests that were not forwarded.
    fn answers(&mut self) -> Vec<Bytes> {
        Vec::new()
    }

    /// What it has read since it was asked last, in the order in which it passed.
    fn told(&mut self) -> Vec<Wire>;

    /// Why it no longer understands what passes: told once.
    fn blind(&mut self) -> Option<String>;

    /// Whether it cannot let the connection go on, now that it is blind: it has yet to answer a request in the server's place,
    /// or to keep something from either side, and no longer knows when.
    fn is_stranded(&self) -> bool {
        false
    }

    /// The requests that passed although they are not known here, since it was asked last.
    fn unread(&mut self) -> Vec<Unread> {
        Vec::new()
    }
}

/// Requests of one kind that passed although they are not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) api: Arc<str>,
    pub(crate) version: i16,
    /// How many.
    pub(crate) requests: u64,
}

/// A whole request or answer that waits to go on.
#[derive(Debug)]
pub(crate) struct Held {
    /// As it came.
    pub(crate) bytes: Bytes,
    /// What was read of it; not in [`Reader::told`].
    pub(crate) about: Vec<Wire>,
}

/// Reads nothing.
pub(crate) struct Raw;

impl Reader for Raw {
    fn read(&mut self, _: Direction, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        out.push(std::mem::take(bytes));
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
        change.map_or(Ok(()), |_| Err("nothing is read here".to_owned()))
    }

    fn told(&mut self) -> Vec<Wire> {
        Vec::new()
    }

    fn blind(&mut self) -> Option<String> {
        None
    }
}
