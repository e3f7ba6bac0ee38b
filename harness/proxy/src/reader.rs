//! Who reads along on a connection, and may change what passes.

use bytes::Bytes;

use crate::item::Item;
use crate::toxic::Direction;
use crate::wire::Wire;

/// Reads both directions of one connection. It stands between the toxics and the upstream: requests come to it when
/// they leave the toxics, answers before they enter them.
pub(crate) trait Reader: Send {
    /// Something has come from a peer and has yet to pass the toxics; returned is what goes on.
    fn arrive(&mut self, direction: Direction, item: Item) -> Vec<Item>;

    /// Bytes have passed the toxics and are about to be written; returned is what is written.
    fn leave(&mut self, direction: Direction, bytes: Bytes) -> Vec<Bytes>;

    /// What it has read since it was asked last, in the order in which it passed.
    fn told(&mut self) -> Vec<Wire>;

    /// Why it no longer understands what passes: told once.
    fn blind(&mut self) -> Option<String>;
}

/// Reads nothing.
pub(crate) struct Raw;

impl Reader for Raw {
    fn arrive(&mut self, _: Direction, item: Item) -> Vec<Item> {
        vec![item]
    }

    fn leave(&mut self, _: Direction, bytes: Bytes) -> Vec<Bytes> {
        vec![bytes]
    }

    fn told(&mut self) -> Vec<Wire> {
        Vec::new()
    }

    fn blind(&mut self) -> Option<String> {
        None
    }
}
