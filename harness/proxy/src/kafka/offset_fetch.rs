//! OffsetFetch: which committed offsets a client asked for, and what it was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{Assignment, KafkaError, KafkaSaid};
use super::fields::{Fields, Malformed};
use super::groups::throttle;

/// From this version on a request can name several groups.
const GROUPS: i16 = 8;

/// Partitions by topic; `None` is all that the group has.
type Wanted = Option<Vec<(Arc<str>, Vec<i32>)>>;

/// What is to be fetched, by group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OffsetFetch {
    groups: BTreeMap<Arc<str>, Wanted>,
}

impl OffsetFetch {
    /// The group and its partitions, where only one group is named.
    pub(crate) fn only(&self) -> (Option<Arc<str>>, Assignment) {
        match self.groups.first_key_value() {
            Some((group, wanted)) if self.groups.len() == 1 => {
                (Some(group.clone()), wanted.clone().unwrap_or_default())
            }
            _ => (None, Assignment::new()),
        }
    }
}

pub(crate) fn ask(fields: &mut Fields<'_>, version: i16) -> Result<OffsetFetch, Malformed> {
    let groups = if version < GROUPS {
        vec![(fields.text()?, wanted(fields)?)]
    } else {
        fields.each(|group| {
            let name = group.text()?;
            if version >= 9 {
                // The member and its epoch.
                group.string()?;
                group.i32()?;
            }
            let wanted = wanted(group)?;
            group.tags()?;
            Ok((name, wanted))
        })?
    };
    if version >= 7 {
        fields.i8()?;
    }
    fields.end()?;
    Ok(OffsetFetch { groups: groups.into_iter().collect() })
}

fn wanted(fields: &mut Fields<'_>) -> Result<Wanted, Malformed> {
    let topic = |fields: &mut Fields<'_>| {
        let wanted = (fields.text()?, fields.each(Fields::i32)?);
        fields.tags()?;
        Ok(wanted)
    };
    // A null array reads as an empty one, so it is asked for first.
    let mut ahead = *fields;
    let is_null = ahead.array()?.is_none();
    let topics = fields.each(topic)?;
    Ok((!is_null).then_some(topics))
}

pub(crate) fn answered(
    asked: OffsetFetch,
    fields: &mut Fields<'_>,
    version: i16,
) -> Result<Vec<KafkaSaid>, Malformed> {
    let mut said = Vec::new();
    throttle(fields, version >= 3)?;
    if version < GROUPS {
        let (group, wanted) = asked.groups.first_key_value().ok_or(Malformed::Unasked)?;
        read_group(group, wanted, fields, version, &mut said)?;
    } else {
        for _ in 0..fields.array()?.unwrap_or(0) {
            let (group, wanted) = asked.groups.get_key_value(&fields.text()?).ok_or(Malformed::Unasked)?;
            read_group(group, wanted, fields, version, &mut said)?;
            fields.tags()?;
        }
    }
    fields.end()?;
    Ok(said)
}

/// One group's partitions. Where the whole group is refused, that is said of each partition that was asked for.
fn read_group(
    group: &Arc<str>,
    wanted: &Wanted,
    fields: &mut Fields<'_>,
    version: i16,
    said: &mut Vec<KafkaSaid>,
) -> Result<(), Malformed> {
    let before = said.len();
    for _ in 0..fields.array()?.unwrap_or(0) {
        let topic = fields.text()?;
        for _ in 0..fields.array()?.unwrap_or(0) {
            let (partition, offset) = (fields.i32()?, fields.i64()?);
            if version >= 5 {
                fields.i32()?;
            }
            fields.string()?;
            let error = KafkaError::of(fields.i16()?);
            fields.tags()?;
            let offset = (error.is_none() && offset >= 0).then_some(offset);
            let (group, topic) = (group.clone(), topic.clone());
            said.push(KafkaSaid::OffsetsFetched { group, topic, partition, offset, error });
        }
        fields.tags()?;
    }
    let error = if version >= 2 { KafkaError::of(fields.i16()?) } else { None };
    if error.is_some() && said.len() == before {
        let refused = |topic: &Arc<str>, partition| KafkaSaid::OffsetsFetched {
            group: group.clone(),
            topic: topic.clone(),
            partition,
            offset: None,
            error,
        };
        let named = wanted.iter().flatten();
        said.extend(named.flat_map(|(topic, all)| all.iter().map(|partition| refused(topic, *partition))));
        if said.len() == before {
            said.push(refused(&"".into(), -1));
        }
    }
    Ok(())
}
