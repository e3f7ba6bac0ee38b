//! Finds the packets in one direction's bytes. Nothing is held but a packet's beginning, and that only where it comes in
//! pieces.

/// Length and sequence number.
pub(super) const HEADER: usize = 4;
/// A frame of this length is continued by the next.
pub(super) const FULL: usize = 0xff_ffff;

/// A packet's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    /// The sequence number of its first frame.
    pub(super) sequence: u8,
    /// The length of its first frame.
    pub(super) length: usize,
    /// The first bytes of it, as many as were asked for, or all.
    pub(super) head: &'a [u8],
}

impl Packet<'_> {
    /// Its first byte, which says what it is.
    pub(super) fn kind(&self) -> Option<u8> {
        self.head.first().copied()
    }

    /// Whether it goes on behind its head.
    pub(super) fn is_cut(&self) -> bool {
        self.head.len() < self.length || self.length == FULL
    }

    /// Whether its first frame is followed by another.
    pub(super) fn is_continued(&self) -> bool {
        self.length == FULL
    }
}

/// Finds packets.
pub(super) struct Packets {
    /// How much of each packet is told.
    limit: usize,
    header: [u8; HEADER],
    /// Bytes of the present header that have come.
    headed: usize,
    /// Bytes of the present frame that are still to come.
    left: usize,
    /// The next frame belongs to the same packet.
    continues: bool,
    /// How much of the present packet is to be told; `None` once it was.
    wanted: Option<usize>,
    length: usize,
    sequence: u8,
    held: Vec<u8>,
}

impl Packets {
    pub(super) fn new(limit: usize) -> Self {
        let held = Vec::new();
        let (header, wanted) = ([0; HEADER], None);
        Self { limit, header, headed: 0, left: 0, continues: false, wanted, length: 0, sequence: 0, held }
    }

    /// Whether the next byte begins a packet.
    pub(super) fn is_between(&self) -> bool {
        self.headed == 0 && !self.continues
    }

    /// Reads on to the end of a packet, or of `bytes`; the packet goes to `on_packet` when its head is complete. Returned is
    /// how much was read.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        mut on_packet: impl FnMut(Packet<'_>) -> Result<(), String>,
    ) -> Result<usize, String> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if self.headed < HEADER {
                let n = (HEADER - self.headed).min(rest.len());
                self.header[self.headed..self.headed + n].copy_from_slice(&rest[..n]);
                self.headed += n;
                at += n;
                if self.headed == HEADER {
                    self.begin_frame();
                }
            } else {
                let n = self.left.min(rest.len());
                self.payload(&rest[..n], &mut on_packet)?;
                self.left -= n;
                at += n;
            }
            if self.headed == HEADER && self.left == 0 {
                // An empty packet is told here.
                self.payload(&[], &mut on_packet)?;
                self.headed = 0;
                if !self.continues {
                    break;
                }
            }
        }
        Ok(at)
    }

    fn begin_frame(&mut self) {
        let [l0, l1, l2, sequence] = self.header;
        self.left = usize::from(l0) | usize::from(l1) << 8 | usize::from(l2) << 16;
        if !self.continues {
            (self.length, self.sequence) = (self.left, sequence);
            self.wanted = Some(self.left.min(self.limit));
        }
        self.continues = self.left == FULL;
    }

    fn payload(
        &mut self,
        bytes: &[u8],
        on_packet: &mut impl FnMut(Packet<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let Some(wanted) = self.wanted else {
            return Ok(());
        };
        let (sequence, length) = (self.sequence, self.length);
        if self.held.is_empty() && bytes.len() >= wanted {
            self.wanted = None;
            return on_packet(Packet { sequence, length, head: &bytes[..wanted] });
        }
        let n = (wanted - self.held.len()).min(bytes.len());
        self.held.extend_from_slice(&bytes[..n]);
        if self.held.len() < wanted {
            return Ok(());
        }
        self.wanted = None;
        // Its memory goes too: most connections never hold anything again.
        let held = std::mem::take(&mut self.held);
        on_packet(Packet { sequence, length, head: &held })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(u8, usize, Vec<u8>)> {
        let (mut packets, mut seen) = (Packets::new(4), Vec::new());
        for piece in pieces {
            let mut at = 0;
            while at < piece.len() {
                let read = packets.read(&piece[at..], |packet| {
                    seen.push((packet.sequence, packet.length, packet.head.to_vec()));
                    Ok(())
                });
                at += read.unwrap();
                assert!(at == piece.len() || packets.is_between());
            }
        }
        assert!(packets.is_between());
        seen
    }

    #[test]
    fn packets_are_found_whole_and_byte_by_byte() {
        let bytes = b"\x02\0\0\x00ab\0\0\0\x01\x06\0\0\x02abcdef\x01\0\0\x03x";
        let expected =
            vec![(0, 2, b"ab".to_vec()), (1, 0, Vec::new()), (2, 6, b"abcd".to_vec()), (3, 1, b"x".to_vec())];
        assert_eq!(read(&[bytes]), expected);
        assert_eq!(read(&bytes.chunks(1).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut packets = Packets::new(64 * 1024);
        assert_eq!(packets.read(b"\xff\xff\xff\0abc", |_| Err("too early".to_owned())), Ok(7));
        assert!(packets.held.capacity() < 64, "{}", packets.held.capacity());
        let mut told = 0;
        for _ in 0..1000 {
            let read = packets.read(&[7; 10_000], |packet| {
                told += packet.head.len();
                Ok(())
            });
            assert_eq!(read, Ok(10_000));
        }
        assert_eq!((told, packets.held.capacity()), (64 * 1024, 0));
    }

    #[test]
    fn a_packet_of_many_frames_is_one() {
        let full = vec![7; FULL];
        for last in [&b""[..], b"abc"] {
            let tail = [&[last.len() as u8, 0, 0, 2], last, b"\x01\0\0\0z"].concat();
            let pieces: [&[u8]; 5] = [b"\xff\xff\xff\x00", &full, b"\xff\xff\xff\x01", &full, &tail];
            assert_eq!(read(&pieces), [(0, FULL, vec![7; 4]), (0, 1, b"z".to_vec())]);
        }
    }
}
