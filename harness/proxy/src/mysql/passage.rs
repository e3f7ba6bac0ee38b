//! One direction's bytes. They pass as they come, but for packets that are kept: until it is known what they are, or until
//! they are whole.

use bytes::{Buf, Bytes, BytesMut};

use super::packets::{Packet, Packets};
use crate::reader::Held;
use crate::wire::Wire;

/// A packet that is longer passes without being held.
const MAX_HELD: usize = 64 * 1024 * 1024;

/// What becomes of a packet, once its head has been read.
#[derive(Debug)]
pub(super) enum Fate {
    /// It passes as it comes.
    Passes,
    /// It is not passed on.
    Dropped,
    /// It passes when it is whole, and may be written anew.
    Rewritten,
    /// It is held when it is whole, with what was read of it.
    Held(Wire),
}

/// Who reads the packets.
pub(super) trait Listener {
    /// A packet begins: whether its head is to be read before anything of it passes. Only then can it meet another fate than
    /// [`Fate::Passes`].
    fn begins(&self) -> bool;

    /// A packet's head. An error says why it is not understood.
    fn reads(&mut self, packet: Packet<'_>) -> Result<Fate, String>;

    /// A packet is whole and may be written anew.
    fn rewrites(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    /// A packet has ended: what is to be said behind it.
    fn ended(&mut self) -> Vec<Bytes> {
        Vec::new()
    }

    /// A packet that was to be held passes after all; this was read of it.
    fn unheld(&mut self, about: Wire);
}

/// One direction's bytes.
pub(super) struct Passage {
    packets: Packets,
    present: Present,
    /// What came earlier of a packet that does not pass yet.
    kept: BytesMut,
}

/// What is done with the packet that is coming.
#[derive(Debug)]
enum Present {
    Passes,
    /// Its head has yet to be read.
    Undecided,
    Dropped,
    Rewritten,
    Held(Wire),
}

impl Passage {
    /// Of each packet so much is looked at.
    pub(super) fn new(limit: usize) -> Self {
        Self { packets: Packets::new(limit), present: Present::Passes, kept: BytesMut::new() }
    }

    /// Whether a whole number of packets has passed.
    pub(super) fn is_between(&self) -> bool {
        self.packets.is_between()
    }

    /// Whether more is to come of a packet that is not passed on.
    pub(super) fn drops(&self) -> bool {
        matches!(self.present, Present::Dropped) && !self.is_between()
    }

    /// As [`crate::reader::Reader::read`]. After an error, all has passed.
    pub(super) fn read(
        &mut self,
        bytes: &mut Bytes,
        listener: &mut impl Listener,
        out: &mut Vec<Bytes>,
    ) -> Result<Option<Held>, String> {
        // Where the present packet begins, if in these bytes; up to where they are read; and gone.
        let (mut begin, mut at, mut gone) = (0, 0, 0);
        while at < bytes.len() {
            if self.packets.is_between() {
                begin = at;
                self.present = if listener.begins() { Present::Undecided } else { Present::Passes };
            }
            let mut fate = None;
            let read = self.packets.read(&bytes[at..], |packet| {
                fate = Some(listener.reads(packet)?);
                Ok(())
            });
            at += match read {
                Ok(read) => read,
                Err(reason) => {
                    self.flush(listener, out);
                    push(out, bytes.split_off(gone));
                    bytes.clear();
                    return Err(reason);
                }
            };
            if let Some(fate) = fate {
                self.decide(fate, listener, out);
                if !matches!(self.present, Present::Passes) {
                    push(out, bytes.slice(gone..begin));
                    gone = begin;
                }
            }
            if !self.packets.is_between() {
                break;
            }
            match std::mem::replace(&mut self.present, Present::Passes) {
                Present::Passes | Present::Undecided => {}
                Present::Dropped => gone = at,
                Present::Rewritten => {
                    let whole = self.whole(bytes.slice(gone..at));
                    push(out, listener.rewrites(whole));
                    gone = at;
                }
                Present::Held(about) => {
                    let held = Held { bytes: self.whole(bytes.slice(gone..at)), about: vec![about] };
                    bytes.advance(at);
                    return Ok(Some(held));
                }
            }
            for said in listener.ended() {
                push(out, bytes.slice(gone..at));
                gone = at;
                push(out, said);
            }
        }
        let rest = std::mem::take(bytes);
        match self.present {
            Present::Passes => push(out, rest.slice(gone..)),
            Present::Dropped => {}
            Present::Undecided | Present::Rewritten | Present::Held(_) => {
                push(out, rest.slice(gone..begin));
                self.kept.extend_from_slice(&rest[begin..]);
                if self.kept.len() > MAX_HELD {
                    self.flush(listener, out);
                }
            }
        }
        Ok(None)
    }

    /// What is kept passes as it came, and the rest of the packet.
    pub(super) fn flush(&mut self, listener: &mut impl Listener, out: &mut Vec<Bytes>) {
        if let Present::Held(about) = std::mem::replace(&mut self.present, Present::Passes) {
            listener.unheld(about);
        }
        push(out, std::mem::take(&mut self.kept).freeze());
    }

    fn decide(&mut self, fate: Fate, listener: &mut impl Listener, out: &mut Vec<Bytes>) {
        let undecided = matches!(self.present, Present::Undecided);
        self.present = match fate {
            Fate::Dropped if undecided => {
                self.kept.clear();
                Present::Dropped
            }
            Fate::Rewritten if undecided => Present::Rewritten,
            Fate::Held(about) if undecided => Present::Held(about),
            fate => {
                if let Fate::Held(about) = fate {
                    listener.unheld(about);
                }
                push(out, std::mem::take(&mut self.kept).freeze());
                Present::Passes
            }
        };
    }

    /// The whole packet, of which this came last.
    fn whole(&mut self, last: Bytes) -> Bytes {
        if self.kept.is_empty() {
            return last;
        }
        let mut kept = std::mem::take(&mut self.kept);
        kept.extend_from_slice(&last);
        kept.freeze()
    }
}

fn push(out: &mut Vec<Bytes>, bytes: Bytes) {
    if !bytes.is_empty() {
        out.push(bytes);
    }
}
