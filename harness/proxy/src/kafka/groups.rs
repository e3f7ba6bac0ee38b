//! Membership of a group: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.

use std::sync::Arc;

use super::event::{Assignment, KafkaError, KafkaSaid};
use super::fields::{Fields, Malformed};

/// Who asks, in every request about a group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) group: Arc<str>,
    pub(crate) member: Arc<str>,
    /// -1 in a JoinGroup and a LeaveGroup, which have none.
    pub(crate) generation: i32,
}

/// The beginning of a JoinGroup; the rest is what the client can do.
pub(crate) fn join(fields: &mut Fields<'_>, version: i16) -> Result<Member, Malformed> {
    let group = fields.text()?;
    fields.i32()?;
    if version >= 1 {
        fields.i32()?;
    }
    Ok(Member { group, member: fields.text()?, generation: -1 })
}

/// The beginning of its answer; the rest is the other members, for the leader.
pub(crate) fn joined(asked: Member, fields: &mut Fields<'_>, version: i16) -> Result<KafkaSaid, Malformed> {
    throttle(fields, version >= 2)?;
    let error = KafkaError::of(fields.i16()?);
    let generation = fields.i32()?;
    if version >= 7 {
        fields.string()?;
    }
    let protocol = fields.text()?;
    let leader = fields.text()?;
    if version >= 9 {
        fields.i8()?;
    }
    let named = fields.text()?;
    let member = if named.is_empty() { asked.member } else { named };
    let protocol = (!protocol.is_empty()).then_some(protocol);
    Ok(KafkaSaid::Joined { group: asked.group, member, generation, protocol, leader, error })
}

/// The beginning of a SyncGroup; the rest is what the leader has divided.
pub(crate) fn sync(fields: &mut Fields<'_>) -> Result<Member, Malformed> {
    let (group, generation, member) = (fields.text()?, fields.i32()?, fields.text()?);
    Ok(Member { group, member, generation })
}

pub(crate) fn synced(asked: Member, fields: &mut Fields<'_>, version: i16) -> Result<KafkaSaid, Malformed> {
    throttle(fields, version >= 1)?;
    let error = KafkaError::of(fields.i16()?);
    if version >= 5 {
        fields.string()?;
        fields.string()?;
    }
    let length = fields.bytes_length()?.unwrap_or(0);
    let assignment = partitions(fields.bytes(length)?);
    fields.end()?;
    let Member { group, member, generation } = asked;
    Ok(KafkaSaid::Synced { group, member, generation, assignment, error })
}

/// What a consumer was given. Other kinds of members (Kafka Connect's) have assignments of their own making.
fn partitions(assignment: &[u8]) -> Option<Assignment> {
    let mut fields = Fields::new(assignment, false);
    fields.i16().ok().filter(|version| *version >= 0)?;
    fields.each(|topic| Ok((topic.text()?, topic.each(Fields::i32)?))).ok()
}

pub(crate) fn heartbeat(fields: &mut Fields<'_>, version: i16) -> Result<Member, Malformed> {
    let member = sync(fields)?;
    if version >= 3 {
        fields.string()?;
    }
    fields.end()?;
    Ok(member)
}

pub(crate) fn heard(
    asked: Member,
    fields: &mut Fields<'_>,
    version: i16,
) -> Result<Option<KafkaSaid>, Malformed> {
    throttle(fields, version >= 1)?;
    let error = KafkaError::of(fields.i16()?);
    fields.end()?;
    let Member { group, member, generation } = asked;
    Ok(error.map(|error| KafkaSaid::HeartbeatRefused { group, member, generation, error }))
}

/// Who is to leave. From version 3 on a request can name several.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leave {
    pub(crate) group: Arc<str>,
    pub(crate) members: Vec<Arc<str>>,
}

pub(crate) fn leave(fields: &mut Fields<'_>, version: i16) -> Result<Leave, Malformed> {
    let group = fields.text()?;
    let members = if version <= 2 {
        vec![fields.text()?]
    } else {
        fields.each(|member| {
            let name = member.text()?;
            member.string()?;
            if version >= 5 {
                member.string()?;
            }
            member.tags()?;
            Ok(name)
        })?
    };
    fields.end()?;
    Ok(Leave { group, members })
}

pub(crate) fn left(asked: Leave, fields: &mut Fields<'_>, version: i16) -> Result<Vec<KafkaSaid>, Malformed> {
    throttle(fields, version >= 1)?;
    let error = KafkaError::of(fields.i16()?);
    let mut members = Vec::new();
    if version >= 3 {
        members = fields.each(|member| {
            let name = member.text()?;
            member.string()?;
            let own = KafkaError::of(member.i16()?);
            member.tags()?;
            Ok((name, error.or(own)))
        })?;
    }
    fields.end()?;
    if members.is_empty() {
        // An error for all, or a version that has no others.
        members = asked.members.into_iter().map(|member| (member, error)).collect();
    }
    let group = asked.group;
    let left = |(member, error)| KafkaSaid::Left { group: group.clone(), member, error };
    Ok(members.into_iter().map(left).collect())
}

/// For how long the client was made to wait.
pub(crate) fn throttle(fields: &mut Fields<'_>, is_there: bool) -> Result<(), Malformed> {
    if is_there { fields.i32().map(drop) } else { Ok(()) }
}
