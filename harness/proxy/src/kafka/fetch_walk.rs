//! Walks over an answer to a Fetch as it passes.

use std::sync::Arc;

use super::batches::Batches;
use super::event::{KafkaError, KafkaSaid};
use super::fetch::Offsets;
use super::fields::{Fields, Malformed};
use super::walk::{Elements, Next, Walk};

/// What is kept of an answer is not more.
const MAX_KEPT: usize = 16 * 1024 * 1024;
/// The memory that what is told of a partition takes, roughly, without its keys.
const TOLD: usize = 160;

/// Also what is kept of an aborted transaction.
const ABORTED: usize = 32;

/// What is to come next.
#[derive(Clone, Copy)]
enum At {
    /// The header's tags, throttling, error and session, number of topics.
    Start,
    Topics(usize),
    Partitions {
        left: usize,
    },
    /// Aborted transactions.
    Aborted {
        left: usize,
    },
    /// The preferred replica, the records' length.
    Records,
    /// So many bytes of batches.
    Batches(usize),
    /// The present batch's records are through; so many bytes follow.
    Batched(usize),
}

/// Walks over the body of one answer.
pub(crate) struct FetchWalk {
    walk: Walk,
    body: Body,
}

struct Body {
    version: i16,
    at: At,
    /// After the present one.
    topics: usize,
    partitions: usize,
    asked: Arc<Offsets>,
    topic: Arc<str>,
    partition: i32,
    error: Option<KafkaError>,
    batches: Batches,
    kept: usize,
    said: Vec<KafkaSaid>,
}

/// What is in an answer that is there as a whole.
pub(crate) fn whole(version: i16, asked: Offsets, answer: &[u8]) -> Result<Vec<KafkaSaid>, Malformed> {
    let FetchWalk { mut walk, mut body } = FetchWalk::new(version, Arc::new(asked));
    walk.read(answer, &mut body)?;
    if walk.is_over() { Ok(body.said) } else { Err(Malformed::Short) }
}

impl FetchWalk {
    pub(crate) fn new(version: i16, asked: Arc<Offsets>) -> Self {
        let body = Body {
            version,
            at: At::Start,
            topics: 0,
            partitions: 0,
            asked,
            topic: "".into(),
            partition: 0,
            error: None,
            batches: Batches::new(),
            kept: 0,
            said: Vec::new(),
        };
        Self { walk: Walk::new(version >= 12), body }
    }

    /// Walks on.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.walk.read(bytes, &mut self.body).map_err(|error| self.unreadable(error))
    }

    /// What was in it; all of it must have been read.
    pub(crate) fn finish(mut self) -> Result<Vec<KafkaSaid>, String> {
        self.read(&[])?;
        if self.walk.is_over() { Ok(self.body.said) } else { Err(self.unreadable(Malformed::Short)) }
    }

    fn unreadable(&self, error: Malformed) -> String {
        format!("an answer to Fetch version {} cannot be read: {error}", self.body.version)
    }

    /// The memory it takes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.walk.held() + self.body.batches.held()
    }
}

impl Elements for Body {
    fn element(&mut self, fields: &mut Fields<'_>) -> Result<Next, Malformed> {
        let mut next = Next::Element;
        self.at = match self.at {
            At::Start => {
                fields.tags()?;
                fields.i32()?;
                if self.version >= 7 {
                    fields.i16()?;
                    fields.i32()?;
                }
                At::Topics(fields.array()?.unwrap_or(0))
            }
            At::Topics(0) => {
                fields.tags()?;
                next = Next::End;
                At::Topics(0)
            }
            At::Topics(left) => {
                let (topic, partitions) = (fields.text()?, fields.array()?.unwrap_or(0));
                self.topic = topic;
                self.topics = left - 1;
                At::Partitions { left: partitions }
            }
            At::Partitions { left: 0 } => {
                fields.tags()?;
                At::Topics(self.topics)
            }
            At::Partitions { left } => {
                let aborted = self.begin(fields)?;
                self.partitions = left - 1;
                At::Aborted { left: aborted }
            }
            At::Aborted { left: 0 } => At::Records,
            At::Aborted { left } => {
                let (producer, first) = (fields.i64()?, fields.i64()?);
                fields.tags()?;
                self.keep(ABORTED)?;
                self.batches.aborted(producer, first);
                At::Aborted { left: left - 1 }
            }
            At::Records => {
                if self.version >= 11 {
                    fields.i32()?;
                }
                At::Batches(fields.bytes_length()?.unwrap_or(0))
            }
            At::Batches(0) => {
                fields.tags()?;
                self.end()?;
                At::Partitions { left: self.partitions }
            }
            At::Batches(bytes) => {
                let (now, left) = self.batches.next(fields, bytes)?;
                next = now;
                At::Batched(left)
            }
            At::Batched(left) => {
                self.batches.end_batch();
                At::Batches(left)
            }
        };
        Ok(next)
    }

    fn take(&mut self, bytes: &[u8]) {
        self.batches.take(bytes);
    }
}

impl Body {
    /// A partition, up to the number of its aborted transactions.
    fn begin(&mut self, fields: &mut Fields<'_>) -> Result<usize, Malformed> {
        let (partition, error) = (fields.i32()?, KafkaError::of(fields.i16()?));
        // The high watermark, the last stable offset, the log's start.
        fields.bytes(8 + 8)?;
        if self.version >= 5 {
            fields.i64()?;
        }
        let aborted = fields.array()?.unwrap_or(0);
        (self.partition, self.error) = (partition, error);
        let asked = self.asked.get(&self.topic).and_then(|partitions| partitions.get(&partition));
        self.batches.begin(asked.copied().unwrap_or(i64::MIN));
        Ok(aborted)
    }

    /// A partition is over.
    fn end(&mut self) -> Result<(), Malformed> {
        let mut delivered = self.batches.end();
        if delivered.records == 0 && self.error.is_none() {
            return Ok(());
        }
        let (topic, partition, error) = (self.topic.clone(), self.partition, self.error);
        let (first, last, records) = (delivered.first, delivered.last, delivered.records);
        let keys = delivered.keys();
        self.said.push(KafkaSaid::Fetched { topic, partition, first, last, records, keys, error });
        self.keep(TOLD)
    }

    /// Counts what is kept.
    fn keep(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.kept += bytes;
        if self.kept > MAX_KEPT { Err(Malformed::TooMuch) } else { Ok(()) }
    }
}
