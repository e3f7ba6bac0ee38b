//! The batches of one partition after the other, as an answer to a Fetch passes: not held, but for one compressed batch at
//! a time.

use std::collections::BTreeSet;

use super::batch::{self, Batch};
use super::fields::{Fields, Malformed};
use super::records::{Delivered, Records};
use super::unpack::unpack;
use super::walk::Next;

/// A compressed batch is looked into if it is not longer.
const MAX_PACKED: usize = 1024 * 1024;
/// And that far.
const MAX_UNPACKED: usize = 4 * 1024 * 1024;
/// All batches of an answer together.
const MAX_UNPACKED_OF_ALL: usize = 32 * 1024 * 1024;
/// Keys of so many bytes are told of an answer, [`super::records::KEY`] counted for each besides its own.
const MAX_KEYS_OF_ALL: usize = 1024 * 1024;

/// The batches of an answer.
pub(super) struct Batches {
    /// Of the present partition: producers and where their aborted transactions begin.
    aborted: BTreeSet<(i64, i64)>,
    /// Of the present partition.
    delivered: Delivered,
    /// The batch that is looked into.
    batch: Option<(Batch, Records)>,
    /// Its records, as long as they are compressed.
    packed: Vec<u8>,
    /// So much of the answer may still be unpacked.
    unpackable: usize,
    /// The memory that may still be taken for keys.
    room: usize,
}

impl Batches {
    pub(super) fn new() -> Self {
        Self {
            aborted: BTreeSet::new(),
            delivered: Delivered::default(),
            batch: None,
            packed: Vec::new(),
            unpackable: MAX_UNPACKED_OF_ALL,
            room: MAX_KEYS_OF_ALL,
        }
    }

    /// A partition begins, which was asked for from this offset on.
    pub(super) fn begin(&mut self, asked: i64) {
        self.aborted.clear();
        self.delivered = Delivered::new(asked, self.room);
    }

    /// A transaction of its that was aborted: its producer, and where it begins.
    pub(super) fn aborted(&mut self, producer: i64, first: i64) {
        self.aborted.insert((producer, first));
    }

    /// The partition is over: what was delivered of it.
    pub(super) fn end(&mut self) -> Delivered {
        self.room -= self.delivered.kept();
        std::mem::take(&mut self.delivered)
    }

    /// The memory it takes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.packed.capacity()
    }

    /// Some of the bytes of the batch that is looked into.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let Some((batch, records)) = &mut self.batch else {
            return;
        };
        if batch.codec != 0 {
            self.packed.extend_from_slice(bytes);
        } else if records.read(bytes, &mut self.delivered).is_err() {
            self.end_batch();
        }
    }

    /// What begins where so many bytes of batches are left: what to do with its records, and how many bytes follow it.
    pub(super) fn next(&mut self, fields: &mut Fields<'_>, bytes: usize) -> Result<(Next, usize), Malformed> {
        // A broker may cut off the last batch anywhere. Clients then ask for it again.
        let is_cut_off = |length| length > bytes;
        if bytes < batch::HEAD {
            let start = fields.bytes(bytes)?;
            let is_whole = Batch::length(start).is_some_and(|length| !is_cut_off(length));
            // Only in formats of old could it be so short.
            return if is_whole { Err(Malformed::Version) } else { Ok((Next::Element, 0)) };
        }
        let batch = Batch::read(fields)?;
        if is_cut_off(batch.length) {
            return Ok((Next::Skip(bytes - batch::HEAD), 0));
        }
        let (rest, left) = (batch.length - batch::HEAD, bytes - batch.length);
        if !self.is_delivered(&batch) {
            return Ok((Next::Skip(rest), left));
        }
        let is_readable = batch.codec == 0 || (rest <= MAX_PACKED && self.unpackable > 0);
        if !self.delivered.wants(&batch) || !is_readable {
            self.delivered.count(&batch, None);
            return Ok((Next::Skip(rest), left));
        }
        if batch.codec != 0 {
            self.packed.reserve_exact(rest);
        }
        self.batch = Some((batch, Records::of(&batch, &self.delivered)));
        Ok((Next::Take(rest), left))
    }

    /// Whether a consumer would take anything of this batch.
    fn is_delivered(&mut self, batch: &Batch) -> bool {
        let until_here = (batch.producer, i64::MIN)..=(batch.producer, batch.last);
        if batch.is_control {
            // The transaction's end. The producer's next one may be aborted, too.
            while let Some(over) = self.aborted.range(until_here.clone()).next().copied() {
                self.aborted.remove(&over);
            }
            return false;
        }
        let is_aborted = batch.is_transactional && self.aborted.range(until_here).next().is_some();
        !is_aborted && batch.records > 0 && self.delivered.reaches(batch)
    }

    /// The records of the present batch have come, if they were wanted.
    pub(super) fn end_batch(&mut self) {
        let Some((batch, mut records)) = self.batch.take() else {
            return;
        };
        if batch.codec != 0 {
            let (limit, delivered) = (MAX_UNPACKED.min(self.unpackable), &mut self.delivered);
            self.unpackable -= unpack(batch.codec, &self.packed, limit, &mut |bytes| {
                records.read(bytes, delivered).is_ok() && !records.is_done(delivered)
            });
            self.packed.clear();
        }
        self.delivered.count(&batch, Some(&records.seen));
    }
}
