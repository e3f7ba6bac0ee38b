//! Walks over a Produce request as it passes: the records are stepped over, only their batches' heads are looked at.

use std::sync::Arc;

use super::batch::{self, Batch};
use super::fields::{Fields, Malformed};
use super::produce::Produce;
use super::walk::{self, Elements, Next};

/// What is kept of a request is not more: some 40,000 partitions.
const MAX_KEPT: usize = 1024 * 1024;
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
}

/// Walks over one request's body.
pub(crate) struct Walk {
    walk: walk::Walk,
    body: Body,
}

struct Body {
    at: At,
    topic: Arc<str>,
    partition: i32,
    produce: Produce,
    kept: usize,
}

impl Walk {
    pub(crate) fn new(flexible: bool) -> Self {
        let (at, produce) = (At::Start, Produce::default());
        let body = Body { at, topic: "".into(), partition: 0, produce, kept: 0 };
        Self { walk: walk::Walk::new(flexible), body }
    }

    /// Walks on.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.walk.read(bytes, &mut self.body)
    }

    /// What was in it, and how many bytes that takes; all of it must have been read.
    pub(crate) fn finish(self) -> Result<(Produce, usize), Malformed> {
        if self.walk.is_over() { Ok((self.body.produce, self.body.kept)) } else { Err(Malformed::Short) }
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.walk.held()
    }
}

impl Elements for Body {
    fn element(&mut self, fields: &mut Fields<'_>) -> Result<Next, Malformed> {
        let mut next = Next::Element;
        self.at = match self.at {
            At::Start => {
                fields.string()?;
                fields.i16()?;
                fields.i32()?;
                At::Topics(fields.array()?.unwrap_or(0))
            }
            At::Topics(0) => {
                fields.tags()?;
                next = Next::End;
                At::Topics(0)
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
                if bytes < batch::HEAD {
                    return Err(Malformed::Length);
                }
                let batch = Batch::read(fields)?;
                if batch.length > bytes {
                    return Err(Malformed::Length);
                }
                next = Next::Skip(batch.length - batch::HEAD);
                if let Some(sum) = self
                    .produce
                    .records
                    .get_mut(&self.topic)
                    .and_then(|partitions| partitions.get_mut(&self.partition))
                {
                    *sum += u64::from(batch.records);
                }
                At::Batches { bytes: bytes - batch.length, left, topics }
            }
        };
        Ok(next)
    }
}

impl Body {
    /// Counts what is kept.
    fn keep(&mut self, text: usize) -> Result<(), Malformed> {
        // An entry's own size and its share of the tree.
        self.kept += text + 24;
        if self.kept > MAX_KEPT { Err(Malformed::TooMuch) } else { Ok(()) }
    }
}
