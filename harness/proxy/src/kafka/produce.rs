//! Produce: how many records went to which partition, and what became of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{KafkaError, KafkaSaid};
use super::fields::{Fields, Malformed};

/// The number of records by topic and partition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Produce {
    pub(crate) records: BTreeMap<Arc<str>, BTreeMap<i32, u64>>,
}

impl Produce {
    /// What there is to say where no answer was asked for.
    pub(crate) fn unanswered(self) -> Vec<KafkaSaid> {
        let said = |(topic, partitions): (Arc<str>, BTreeMap<i32, u64>)| {
            partitions.into_iter().map(move |(partition, records)| KafkaSaid::Produced {
                topic: topic.clone(),
                partition,
                offset: None,
                records,
                error: None,
            })
        };
        self.records.into_iter().flat_map(said).collect()
    }

    pub(crate) fn answered(self, fields: &mut Fields<'_>, version: i16) -> Result<Vec<KafkaSaid>, Malformed> {
        let mut said = Vec::new();
        for _ in 0..fields.array()?.unwrap_or(0) {
            let topic = fields.text()?;
            let asked = self.records.get(&topic).ok_or(Malformed::Unasked)?;
            for _ in 0..fields.array()?.unwrap_or(0) {
                let (partition, offset, error) = outcome(fields, version)?;
                let records = *asked.get(&partition).ok_or(Malformed::Unasked)?;
                said.push(KafkaSaid::Produced { topic: topic.clone(), partition, offset, records, error });
            }
            fields.tags()?;
        }
        fields.i32()?;
        fields.end()?;
        Ok(said)
    }
}

/// Steps over the topics in an answer.
pub(super) fn skip_topics(fields: &mut Fields<'_>, version: i16) -> Result<(), Malformed> {
    fields.each(|topic| {
        topic.string()?;
        topic.each(|partition| outcome(partition, version))?;
        topic.tags()
    })?;
    Ok(())
}

/// What became of one partition's records.
fn outcome(
    fields: &mut Fields<'_>,
    version: i16,
) -> Result<(i32, Option<i64>, Option<KafkaError>), Malformed> {
    let (partition, error, offset) = (fields.i32()?, KafkaError::of(fields.i16()?), fields.i64()?);
    fields.i64()?;
    if version >= 5 {
        fields.i64()?;
    }
    if version >= 8 {
        for _ in 0..fields.array()?.unwrap_or(0) {
            fields.i32()?;
            fields.string()?;
            fields.tags()?;
        }
        fields.string()?;
    }
    fields.tags()?;
    Ok((partition, (error.is_none() && offset >= 0).then_some(offset), error))
}
