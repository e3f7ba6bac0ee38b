//! OffsetCommit: what a client wanted to commit, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{KafkaError, KafkaSaid};
use super::fields::{Fields, Malformed};
use super::groups::{self, Member, throttle};

/// What is to be committed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(super) by: Member,
    pub(super) offsets: BTreeMap<Arc<str>, BTreeMap<i32, i64>>,
}

pub(crate) fn commit(fields: &mut Fields<'_>, version: i16) -> Result<Commit, Malformed> {
    let by = groups::sync(fields)?;
    if version >= 7 {
        fields.string()?;
    }
    if version <= 4 {
        fields.i64()?;
    }
    let mut offsets = BTreeMap::<_, BTreeMap<_, _>>::new();
    for _ in 0..fields.array()?.unwrap_or(0) {
        let topic = offsets.entry(fields.text()?).or_default();
        for _ in 0..fields.array()?.unwrap_or(0) {
            topic.insert(fields.i32()?, fields.i64()?);
            if version >= 6 {
                fields.i32()?;
            }
            fields.string()?;
            fields.tags()?;
        }
        fields.tags()?;
    }
    fields.end()?;
    Ok(Commit { by, offsets })
}

pub(crate) fn committed(
    asked: Commit,
    fields: &mut Fields<'_>,
    version: i16,
) -> Result<Vec<KafkaSaid>, Malformed> {
    let mut said = Vec::new();
    throttle(fields, version >= 3)?;
    for _ in 0..fields.array()?.unwrap_or(0) {
        let topic = fields.text()?;
        let offsets = asked.offsets.get(&topic).ok_or(Malformed::Unasked)?;
        for _ in 0..fields.array()?.unwrap_or(0) {
            let (partition, error) = (fields.i32()?, KafkaError::of(fields.i16()?));
            let offset = *offsets.get(&partition).ok_or(Malformed::Unasked)?;
            fields.tags()?;
            let Member { group, member, generation } = &asked.by;
            let (group, member, generation) = (group.clone(), member.clone(), *generation);
            let topic = topic.clone();
            said.push(KafkaSaid::Committed { group, member, generation, topic, partition, offset, error });
        }
        fields.tags()?;
    }
    fields.end()?;
    Ok(said)
}
