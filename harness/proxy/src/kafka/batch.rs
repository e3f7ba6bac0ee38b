//! The head of a batch of records.

use super::fields::{Fields, Malformed};

/// Its length.
pub(super) const HEAD: usize = 61;
/// The part of it that the batch's own length does not count.
const BEFORE_LENGTH: usize = 12;
/// The only format that is written since Kafka 0.11, and the only one that is read here.
const MAGIC: i8 = 2;

/// What a batch's head says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    /// With its head.
    pub(super) length: usize,
    /// The offset of the first record, whether it is still there or not; also of the last.
    pub(super) first: i64,
    pub(super) last: i64,
    /// How the records are compressed; 0 is not at all.
    pub(super) codec: u8,
    pub(super) is_transactional: bool,
    /// It holds no records but a transaction's end.
    pub(super) is_control: bool,
    pub(super) producer: i64,
    pub(super) records: u32,
}

impl Batch {
    /// Reads a head.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let mut head = Fields::new(fields.bytes(HEAD)?, false);
        let first = head.i64()?;
        let length = usize::try_from(head.i32()?).map_err(|_| Malformed::Length)? + BEFORE_LENGTH;
        // The leader's epoch.
        head.i32()?;
        if head.i8()? != MAGIC {
            return Err(Malformed::Version);
        }
        // The checksum.
        head.i32()?;
        let attributes = head.i16()?;
        let delta = u32::try_from(head.i32()?).map_err(|_| Malformed::Length)?;
        let last = first.checked_add(i64::from(delta)).ok_or(Malformed::Length)?;
        // Two times.
        head.bytes(8 + 8)?;
        let producer = head.i64()?;
        // The producer's epoch, the first sequence number.
        head.bytes(2 + 4)?;
        let records = u32::try_from(head.i32()?).map_err(|_| Malformed::Length)?;
        if length < HEAD {
            return Err(Malformed::Length);
        }
        Ok(Self {
            length,
            first,
            last,
            codec: (attributes & 7) as u8,
            is_transactional: attributes & 0x10 != 0,
            is_control: attributes & 0x20 != 0,
            producer,
            records,
        })
    }

    /// The whole length of what begins here, of which there may be less than a head: in any format.
    pub(super) fn length(start: &[u8]) -> Option<usize> {
        let mut head = Fields::new(start, false);
        head.i64().ok()?;
        let length = usize::try_from(head.i32().ok()?).ok()?;
        Some(length + BEFORE_LENGTH)
    }

    /// Whether compaction has taken no record out of it.
    pub(super) fn is_dense(&self) -> bool {
        self.last - self.first + 1 == i64::from(self.records)
    }
}
