//! Walks over a Produce request as it passes: the records are stepped over, only their batches' heads are looked at.

use std::sync::Arc;

use super::fields::{Fields, Malformed};
use super::produce::Produce;

/// What is taken in when the present element is not complete.
const STEP: usize = 256;
/// No element is longer: a name of 32 KiB, or a structure's tagged fields.
const MAX_ELEMENT: usize = 64 * 1024;
/// What is kept of a request is not more: some 40,000 partitions.
const MAX_KEPT: usize = 1024 * 1024;
/// The head of a batch.
const BATCH: usize = 61;
/// The part of it that its own length does not count.
const BEFORE_LENGTH: usize = 12;
/// The only format that these versions allow.
const MAGIC: i8 = 2;

/// What is to come next.
#[derive(Clone, Copy)]
enum At {
    /// Transactional id, acks, time-out, number of topics.
    Start,
    Topics(usize),
    Partitions {
        left: usize,
        topics: usize,
    },
    Batches {
        bytes: usize,
        left: usize,
        topics: usize,
    },
    Done,
}

/// Walks over one request's body.
pub(crate) struct Walk {
    flexible: bool,
    at: At,
    /// The present element, as far as it has come.
    held: Vec<u8>,
    /// Bytes that are of no interest.
    skip: usize,
    topic: Arc<str>,
    partition: i32,
    produce: Produce,
    kept: usize,
}

impl Walk {
    pub(crate) fn new(flexible: bool) -> Self {
        Self {
            flexible,
            at: At::Start,
            held: Vec::new(),
            skip: 0,
            topic: "".into(),
            partition: 0,
            produce: Produce::default(),
            kept: 0,
        }
    }

    /// Walks on.
    pub(crate) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Malformed> {
        loop {
            if self.skip > 0 {
                let n = self.skip.min(self.held.len());
                self.held.drain(..n);
                self.skip -= n;
                let n = self.skip.min(bytes.len());
                bytes = &bytes[n..];
                self.skip -= n;
                if self.skip > 0 {
                    return Ok(());
                }
            }
            if let At::Done = self.at {
                return if self.held.is_empty() && bytes.is_empty() { Ok(()) } else { Err(Malformed::Long) };
            }
            let held = std::mem::take(&mut self.held);
            let mut fields = Fields::new(&held, self.flexible);
            let result = self.element(&mut fields);
            let left = fields.rest().len();
            self.held = held;
            match result {
                Ok(()) => drop(self.held.drain(..self.held.len() - left)),
                Err(Malformed::Short) if bytes.is_empty() => return Ok(()),
                Err(Malformed::Short) if self.held.len() > MAX_ELEMENT => return Err(Malformed::TooMuch),
                Err(Malformed::Short) => {
                    let (now, later) = bytes.split_at(STEP.min(bytes.len()));
                    self.held.extend_from_slice(now);
                    bytes = later;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What was in it, and how many bytes that takes; all of it must have been read.
    pub(crate) fn finish(self) -> Result<(Produce, usize), Malformed> {
        if matches!(self.at, At::Done) { Ok((self.produce, self.kept)) } else { Err(Malformed::Short) }
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.capacity()
    }

    /// Reads one element. Nothing is changed before it is there as a whole.
    fn element(&mut self, fields: &mut Fields<'_>) -> Result<(), Malformed> {
        self.at = match self.at {
            At::Start => {
                fields.string()?;
                fields.i16()?;
                fields.i32()?;
                At::Topics(fields.array()?.unwrap_or(0))
            }
            At::Topics(0) => {
                fields.tags()?;
                At::Done
            }
            At::Topics(topics) => {
                let (topic, left) = (fields.text()?, fields.array()?.unwrap_or(0));
                self.keep(topic.len())?;
                self.topic = topic;
                At::Partitions { left, topics: topics - 1 }
            }
            At::Partitions { left: 0, topics } => {
                fields.tags()?;
                At::Topics(topics)
            }
            At::Partitions { left, topics } => {
                let (partition, bytes) = (fields.i32()?, fields.bytes_length()?.unwrap_or(0));
                self.keep(0)?;
                self.partition = partition;
                self.produce.records.entry(self.topic.clone()).or_default().entry(partition).or_default();
                At::Batches { bytes, left: left - 1, topics }
            }
            At::Batches { bytes: 0, left, topics } => {
                fields.tags()?;
                At::Partitions { left, topics }
            }
            At::Batches { bytes, left, topics } => {
                let (batch, records) = batch(fields, bytes)?;
                self.skip = batch - BATCH;
                if let Some(sum) = self
                    .produce
                    .records
                    .get_mut(&self.topic)
                    .and_then(|partitions| partitions.get_mut(&self.partition))
                {
                    *sum += u64::from(records);
                }
                At::Batches { bytes: bytes - batch, left, topics }
            }
            At::Done => At::Done,
        };
        Ok(())
    }

    /// Counts what is kept.
    fn keep(&mut self, text: usize) -> Result<(), Malformed> {
        // An entry's own size and its share of the tree.
        self.kept += text + 24;
        if self.kept > MAX_KEPT { Err(Malformed::TooMuch) } else { Ok(()) }
    }
}

/// A batch's length and its number of records.
fn batch(fields: &mut Fields<'_>, left: usize) -> Result<(usize, u32), Malformed> {
    if left < BATCH {
        return Err(Malformed::Length);
    }
    let mut head = Fields::new(fields.bytes(BATCH)?, false);
    head.i64()?;
    let length = usize::try_from(head.i32()?).map_err(|_| Malformed::Length)? + BEFORE_LENGTH;
    head.i32()?;
    if head.i8()? != MAGIC {
        return Err(Malformed::Version);
    }
    // Checksum, attributes, last offset's delta, two times, producer id and epoch, first sequence number.
    head.bytes(4 + 2 + 4 + 8 + 8 + 8 + 2 + 4)?;
    let records = u32::try_from(head.i32()?).map_err(|_| Malformed::Length)?;
    if (BATCH..=left).contains(&length) { Ok((length, records)) } else { Err(Malformed::Length) }
}
