//! Which records of one partition were delivered, with the first keys.

use std::ops::Range;

use bytes::Bytes;

use super::batch::Batch;
use super::event::RecordKey;
use super::fields::{Fields, Malformed};
use super::walk::{Elements, Next, Walk};

/// So many keys are told of one partition.
pub(super) const MAX_KEYS: usize = 100;
/// A key is told up to this length.
pub(super) const MAX_KEY: usize = 1024;
/// What telling a key takes besides its own bytes, roughly.
pub(super) const KEY: usize = 64;

/// What was delivered of one partition.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// Nothing before this offset counts.
    asked: i64,
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    pub(super) records: u64,
    keys: Vec<(i64, Option<Range<usize>>)>,
    /// The keys' bytes, one after the other.
    bytes: Vec<u8>,
    /// So many bytes of keys may be kept.
    room: usize,
}

impl Delivered {
    pub(super) fn new(asked: i64, room: usize) -> Self {
        Self { asked, room, ..Self::default() }
    }

    /// Whether looking into this batch tells more than its head.
    pub(super) fn wants(&self, batch: &Batch) -> bool {
        !self.is_full() || self.needs_count(batch)
    }

    /// Whether anything of this batch counts.
    pub(super) fn reaches(&self, batch: &Batch) -> bool {
        batch.last >= self.asked
    }

    /// The memory that its keys take.
    pub(super) fn kept(&self) -> usize {
        self.bytes.len() + self.keys.len() * KEY
    }

    /// The first records with their keys.
    pub(super) fn keys(&mut self) -> Vec<RecordKey> {
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        let key = |(offset, range): (i64, Option<Range<usize>>)| RecordKey {
            offset,
            key: range.map(|range| bytes.slice(range)),
        };
        std::mem::take(&mut self.keys).into_iter().map(key).collect()
    }

    /// A batch is over; `seen` is what was seen of its records, if anything.
    pub(super) fn count(&mut self, batch: &Batch, seen: Option<&Seen>) {
        if let Some(seen) = seen.filter(|seen| seen.left == 0) {
            self.records += seen.delivered;
            if let Some((first, last)) = seen.offsets {
                self.first.get_or_insert(first);
                self.last = Some(last);
            }
            return;
        }
        let first = batch.first.max(self.asked);
        // At most so many are there, if some stand before the offset asked for.
        let most = u64::try_from(batch.last - first).unwrap_or(0).saturating_add(1);
        self.records += u64::from(batch.records).min(most);
        let first = seen.and_then(|seen| seen.offsets).map_or(first, |(first, _)| first);
        self.first.get_or_insert(first);
        self.last = Some(batch.last);
    }

    fn needs_count(&self, batch: &Batch) -> bool {
        batch.first < self.asked && !batch.is_dense()
    }

    fn is_full(&self) -> bool {
        self.keys.len() >= MAX_KEYS || self.room < MAX_KEY + KEY
    }

    fn keep(&mut self, offset: i64, key: Option<&[u8]>) {
        if !self.is_full() {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(key.unwrap_or_default());
            self.room -= self.bytes.len() - start + KEY;
            self.keys.push((offset, key.map(|_| start..self.bytes.len())));
        }
    }
}

/// What was seen of one batch's records.
#[derive(Debug)]
pub(super) struct Seen {
    base: i64,
    /// Records that have yet to be seen.
    left: u32,
    delivered: u64,
    /// Of the first and the last that were delivered.
    offsets: Option<(i64, i64)>,
}

/// Reads the records of one batch, which are no longer compressed.
pub(super) struct Records {
    walk: Walk,
    pub(super) seen: Seen,
    /// Whether all are to be seen.
    counts: bool,
}

impl Records {
    pub(super) fn of(batch: &Batch, delivered: &Delivered) -> Self {
        let seen = Seen { base: batch.first, left: batch.records, delivered: 0, offsets: None };
        Self { walk: Walk::new(false), seen, counts: delivered.needs_count(batch) }
    }

    /// Whether nothing more is to be learned from them.
    pub(super) fn is_done(&self, delivered: &Delivered) -> bool {
        is_done(&self.seen, self.counts, delivered)
    }

    /// Reads on. What is wrong ends it: what is not seen is told as its batch's head has it.
    pub(super) fn read(&mut self, bytes: &[u8], delivered: &mut Delivered) -> Result<(), Malformed> {
        let Self { walk, seen, counts } = self;
        walk.read(bytes, &mut Reading { seen, counts: *counts, delivered })
    }
}

fn is_done(seen: &Seen, counts: bool, delivered: &Delivered) -> bool {
    seen.left == 0 || (delivered.is_full() && !counts)
}

struct Reading<'a> {
    seen: &'a mut Seen,
    counts: bool,
    delivered: &'a mut Delivered,
}

impl Elements for Reading<'_> {
    /// One record, up to its key.
    fn element(&mut self, fields: &mut Fields<'_>) -> Result<Next, Malformed> {
        if is_done(self.seen, self.counts, self.delivered) {
            return Ok(Next::Skip(usize::MAX));
        }
        let length = length(fields.varint()?)?.ok_or(Malformed::Length)?;
        let start = fields.rest().len();
        // Attributes, the time.
        fields.i8()?;
        fields.skip_varlong()?;
        let offset = self.seen.base.checked_add(i64::from(fields.varint()?)).ok_or(Malformed::Length)?;
        let key_length = self::length(fields.varint()?)?;
        let key = key_length.map(|length| fields.bytes(length.min(MAX_KEY))).transpose()?;
        let rest = length.checked_sub(start - fields.rest().len()).ok_or(Malformed::Length)?;
        self.seen.left -= 1;
        if offset >= self.delivered.asked {
            self.seen.delivered += 1;
            let first = self.seen.offsets.map_or(offset, |(first, _)| first);
            self.seen.offsets = Some((first, offset));
            self.delivered.keep(offset, key);
        }
        Ok(Next::Skip(rest))
    }
}

/// -1 is null.
fn length(length: i32) -> Result<Option<usize>, Malformed> {
    if length == -1 { Ok(None) } else { usize::try_from(length).map(Some).map_err(|_| Malformed::Length) }
}
