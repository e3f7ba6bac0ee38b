//! Where frames begin and end in one direction, and the one that is held.

use bytes::{Bytes, BytesMut};

/// The bytes that say a frame's length.
const LENGTH: usize = 4;
/// Length and correlation id: with these an answer is known.
const HEAD: usize = 8;
/// No longer frame is held: a broker takes no longer request (`socket.request.max.bytes`).
const MAX_HELD: usize = LENGTH + 100 * 1024 * 1024;

/// Where frames begin and end in one direction, and the one that is held.
#[derive(Default)]
pub(super) struct Frames {
    /// How much of the present frame has passed.
    passed: usize,
    /// Of one that passes: its length, as far as it has come.
    length: [u8; LENGTH],
    /// The present frame, as far as it has come, if it is held.
    held: BytesMut,
}

/// What is there of a frame that is to be held.
pub(super) enum Taken {
    /// Not all of it.
    Short,
    All(Bytes),
    /// It is too long to be held. These bytes of it were held so far; it passes.
    TooLong(Bytes),
}

impl Frames {
    /// Whether the next byte begins a frame.
    pub(super) fn is_between(&self) -> bool {
        self.passed == 0 && self.held.is_empty()
    }

    /// Whether a frame is held.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Lets bytes pass, up to the first frame that is to be held: asked by its number, counted from the frame whose head is
    /// to come next. Returned is how many.
    pub(super) fn pass_until(&mut self, bytes: &[u8], mut is_held: impl FnMut(usize) -> bool) -> usize {
        let mut number = usize::from((1..HEAD).contains(&self.passed));
        let mut n = 0;
        while n < bytes.len() {
            if self.passed == 0 {
                if is_held(number) {
                    break;
                }
                number += 1;
            }
            n += self.pass(&bytes[n..]);
        }
        n
    }

    /// Lets the present frame pass, as far as it is there. Returned is how many bytes that are.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut n = 0;
        while self.passed < LENGTH {
            let Some(byte) = bytes.get(n) else {
                return n;
            };
            self.length[self.passed] = *byte;
            self.passed += 1;
            n += 1;
        }
        let length = LENGTH + u32::from_be_bytes(self.length) as usize;
        let rest = (length - self.passed).min(bytes.len() - n);
        self.passed += rest;
        if self.passed == length {
            self.passed = 0;
        }
        n + rest
    }

    /// Holds the present frame.
    pub(super) fn take(&mut self, bytes: &mut Bytes) -> Taken {
        self.fill(LENGTH, bytes);
        let Some(length) = self.held.first_chunk() else {
            return Taken::Short;
        };
        let length = LENGTH + u32::from_be_bytes(*length) as usize;
        if length > MAX_HELD {
            return Taken::TooLong(self.held.split().freeze());
        }
        self.fill(length, bytes);
        if self.held.len() < length { Taken::Short } else { Taken::All(self.held.split().freeze()) }
    }

    fn fill(&mut self, length: usize, bytes: &mut Bytes) {
        let n = length.saturating_sub(self.held.len()).min(bytes.len());
        self.held.extend_from_slice(&bytes.split_to(n));
    }

    /// Lets go what is held, as it came.
    pub(super) fn flush(&mut self, out: &mut Vec<Bytes>) {
        if self.holds() {
            out.push(self.held.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_pass_up_to_the_one_to_be_held() {
        let bytes = b"\0\0\0\x05aaaaa\0\0\0\x00\0\0\0\x01b";
        for held in 0..3 {
            let mut frames = Frames::default();
            assert_eq!(frames.pass_until(bytes, |number| number == held), [0, 9, 13][held]);
            assert!(frames.is_between());
        }
        for piece in 1..bytes.len() {
            let (mut frames, mut begun) = (Frames::default(), 0);
            for piece in bytes.chunks(piece) {
                let all = frames.pass_until(piece, |_| {
                    begun += 1;
                    false
                });
                assert_eq!(all, piece.len());
            }
            assert!(frames.is_between() && begun == 3, "{piece}: {begun}");
        }
    }

    #[test]
    fn what_has_begun_but_has_no_head_yet_counts() {
        let mut frames = Frames::default();
        frames.pass_until(b"\0\0\0\x05aa", |_| false);
        let mut asked = Vec::new();
        frames.pass_until(b"aaa\0\0\0\0", |number| {
            asked.push(number);
            false
        });
        assert_eq!(asked, [1]);
    }

    #[test]
    fn a_frame_is_held_until_it_is_whole_unless_it_is_too_long() {
        let mut frames = Frames::default();
        let mut bytes = Bytes::from_static(b"\0\0\0\x02a");
        assert!(matches!(frames.take(&mut bytes), Taken::Short) && frames.holds() && !frames.is_between());
        let mut bytes = Bytes::from_static(b"bc");
        assert!(matches!(frames.take(&mut bytes), Taken::All(frame) if &frame[..] == b"\0\0\0\x02ab"));
        assert_eq!(&bytes[..], b"c");
        let mut bytes = Bytes::from_static(b"\x06\x40\0\0");
        assert!(matches!(frames.take(&mut bytes), Taken::Short));
        frames.flush(&mut Vec::new());
        let mut bytes = Bytes::from_static(b"\x06\x40\0\x01d");
        assert!(
            matches!(frames.take(&mut bytes), Taken::TooLong(start) if start.len() == 4)
                && frames.is_between()
        );
    }
}
