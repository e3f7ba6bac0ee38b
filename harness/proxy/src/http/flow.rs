//! Bytes on their way through a reader.

use bytes::{Bytes, BytesMut};

/// Bytes that have come, and where they go. What passes in one run stays in one piece.
pub(super) struct Flow<'a> {
    bytes: &'a mut Bytes,
    /// So many of them pass and have yet to go on.
    passing: usize,
    out: &'a mut Vec<Bytes>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(bytes: &'a mut Bytes, out: &'a mut Vec<Bytes>) -> Self {
        Self { bytes, passing: 0, out }
    }

    /// What has yet to be looked at.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.passing..]
    }

    /// So many pass.
    pub(super) fn pass(&mut self, n: usize) {
        self.passing += n;
    }

    /// So many are kept.
    pub(super) fn keep(&mut self, n: usize, kept: &mut BytesMut) {
        self.flush();
        kept.extend_from_slice(&self.bytes.split_to(n));
    }

    /// So many go nowhere.
    pub(super) fn swallow(&mut self, n: usize) {
        self.flush();
        let _ = self.bytes.split_to(n);
    }

    /// Something else goes on behind what has passed.
    pub(super) fn say(&mut self, bytes: Bytes) {
        self.flush();
        if !bytes.is_empty() {
            self.out.push(bytes);
        }
    }

    /// What is to go on behind what has passed.
    pub(super) fn out(&mut self) -> &mut Vec<Bytes> {
        self.flush();
        self.out
    }

    /// Lets go what has passed.
    pub(super) fn flush(&mut self) {
        if self.passing > 0 {
            self.out.push(self.bytes.split_to(self.passing));
            self.passing = 0;
        }
    }
}
