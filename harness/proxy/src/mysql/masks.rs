//! Takes out of the greeting what would hide the rest of the connection, and out of the client's answer to it: a client
//! may claim what it was not offered, and a server that has it would take it at its word.
//!
//! Nothing is held: bits are cleared in the bytes as they pass.

use bytes::{Bytes, BytesMut};
use mysql_common::constants::CapabilityFlags;

/// What is offered to nobody.
const MASKED: u32 = CapabilityFlags::CLIENT_SSL
    .union(CapabilityFlags::CLIENT_COMPRESS)
    .union(CapabilityFlags::CLIENT_ZSTD_COMPRESSION_ALGORITHM)
    .union(CapabilityFlags::CLIENT_QUERY_ATTRIBUTES)
    .union(CapabilityFlags::CLIENT_OPTIONAL_RESULTSET_METADATA)
    .union(CapabilityFlags::CLIENT_PROGRESS_OBSOLETE)
    .bits();
/// A packet's length and sequence number.
const HEADER: usize = 4;
/// The only version of the greeting that is still spoken.
pub(super) const PROTOCOL: u8 = 10;
/// What stands in the place of [`PROTOCOL`] in an error.
pub(super) const ERROR: u8 = 0xff;
/// No server's version is longer.
const MAX_VERSION: usize = 256;
/// A client's answer that is no longer asks for TLS, and says nothing else.
pub(super) const SSL_REQUEST: usize = 32;

/// The greeting, as it passes to the client.
#[derive(Default)]
pub(super) struct Greeting {
    position: usize,
    length: usize,
    /// The position behind the server's version, once that is over.
    tail: Option<usize>,
    done: bool,
    other: bool,
    offered: u32,
}

impl Greeting {
    /// What the server offers to the client, with what was taken out gone.
    pub(super) fn offered(&self) -> u32 {
        self.offered
    }

    /// Whether it has passed, and is one.
    pub(super) fn is_understood(&self) -> bool {
        self.done && self.offered != 0
    }

    /// Whether what has come is neither a greeting nor an error in place of it.
    pub(super) fn is_other(&self) -> bool {
        self.other
    }

    pub(super) fn pass(&mut self, bytes: Bytes) -> Bytes {
        if self.done { bytes } else { changed(&bytes, |byte| self.step(byte)) }
    }

    fn step(&mut self, byte: &mut u8) {
        if self.done {
            return;
        }
        match (self.position, self.tail) {
            (at @ 0..3, _) => self.length |= usize::from(*byte) << (8 * at),
            (3, _) => self.other = self.length == 0 || *byte != 0,
            (HEADER, _) => {
                self.other = !matches!(*byte, PROTOCOL | ERROR);
                self.done = *byte != PROTOCOL;
            }
            (at, None) if *byte == 0 => self.tail = Some(at + 1),
            (at, None) => self.other = at > HEADER + MAX_VERSION,
            (at, Some(tail)) => match at - tail {
                // After the connection's id, eight bytes of the scramble and a filler.
                13 => self.clear(byte, 0),
                14 => self.clear(byte, 8),
                // After collation and status.
                18 => self.clear(byte, 16),
                19 => self.clear(byte, 24),
                // After the scramble's length and six bytes of nothing: what MariaDB has beyond.
                27..=29 => *byte = 0,
                30 => (*byte, self.done) = (0, true),
                _ => {}
            },
        }
        self.position += 1;
        self.done |= self.other || self.position >= HEADER && self.position == HEADER + self.length;
    }

    fn clear(&mut self, byte: &mut u8, shift: u32) {
        *byte &= !((MASKED >> shift) as u8);
        self.offered |= u32::from(*byte) << shift;
    }
}

/// The client's answer to the greeting, as it passes to the server.
#[derive(Default)]
pub(super) struct Response {
    position: usize,
    length: usize,
    done: bool,
}

impl Response {
    /// It is left as it is.
    pub(super) fn leave_alone(&mut self) {
        self.done = true;
    }

    pub(super) fn pass(&mut self, bytes: Bytes) -> Bytes {
        if self.done { bytes } else { changed(&bytes, |byte| self.step(byte)) }
    }

    fn step(&mut self, byte: &mut u8) {
        if self.done {
            return;
        }
        match self.position {
            at @ 0..3 => self.length |= usize::from(*byte) << (8 * at),
            // A request for TLS, or no answer to a greeting.
            3 => self.done = self.length <= SSL_REQUEST || *byte != 1,
            at @ 4..8 => *byte &= !((MASKED >> (8 * (at - HEADER))) as u8),
            // After the packets' size, the collation and 19 bytes of nothing: what MariaDB has beyond.
            32..=34 => *byte = 0,
            35 => (*byte, self.done) = (0, true),
            _ => {}
        }
        self.position += 1;
    }
}

/// The bytes, changed one by one.
fn changed(bytes: &[u8], change: impl FnMut(&mut u8)) -> Bytes {
    let mut bytes = BytesMut::from(bytes);
    bytes.iter_mut().for_each(change);
    bytes.freeze()
}
