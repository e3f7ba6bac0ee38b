//! Refusals of requests that are not read otherwise: what they name is read only for that.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, FetchResponse, FindCoordinatorResponse, GroupId, OffsetFetchResponse, TopicName,
};

use super::event::Assignment;
use super::fields::{Fields, Malformed};
use super::refusal::{Reply, text};

/// The body of a request's frame.
fn body(frame: &[u8], key: ApiKey, version: i16) -> Result<Fields<'_>, Malformed> {
    let mut head = Fields::new(frame, false);
    // Length, API, version, correlation id; then the client id.
    head.bytes(4 + 2 + 2 + 4)?;
    head.string()?;
    let flexible = key.request_header_version(version) >= 2;
    let mut fields = Fields::new(head.rest(), flexible);
    fields.tags()?;
    Ok(fields)
}

/// Topics with the numbers of partitions.
fn topics(fields: &mut Fields<'_>) -> Result<Assignment, Malformed> {
    fields.each(|topic| {
        let named = (topic.text()?, topic.each(Fields::i32)?);
        topic.tags()?;
        Ok(named)
    })
}

pub(super) fn fetch(reply: Reply, frame: &[u8], code: i16) -> Result<Bytes, String> {
    let (session, named) = fetched(frame, reply.version).map_err(|error| error.to_string())?;
    let partition = |index: i32| {
        PartitionData::default()
            .with_partition_index(index)
            .with_error_code(code)
            .with_high_watermark(-1)
            .with_last_stable_offset(-1)
            .with_log_start_offset(-1)
            .with_aborted_transactions(None)
            .with_preferred_read_replica(BrokerId(-1))
            .with_records(Some(Bytes::new()))
    };
    let topics = named.into_iter().map(|(topic, partitions)| {
        FetchableTopicResponse::default()
            .with_topic(TopicName(text(&topic)))
            .with_partitions(partitions.into_iter().map(partition).collect())
    });
    let answer = FetchResponse::default().with_responses(topics.collect());
    if reply.version < 7 {
        return reply.with(&answer);
    }
    // As a broker has it: an incremental fetch names no partitions, so the error stands above them, too.
    reply.with(&answer.with_error_code(code).with_session_id(session))
}

/// The fetch session and the partitions that a Fetch names.
fn fetched(frame: &[u8], version: i16) -> Result<(i32, Assignment), Malformed> {
    let fields = &mut body(frame, ApiKey::Fetch, version)?;
    // Replica, time and size.
    fields.bytes(4 + 4 + 4)?;
    if version >= 3 {
        fields.i32()?;
    }
    if version >= 4 {
        fields.i8()?;
    }
    let mut session = 0;
    if version >= 7 {
        (session, _) = (fields.i32()?, fields.i32()?);
    }
    let named = fields.each(|topic| {
        let name = topic.text()?;
        let partitions = topic.each(|partition| {
            let number = partition.i32()?;
            if version >= 9 {
                partition.i32()?;
            }
            partition.i64()?;
            if version >= 12 {
                partition.i32()?;
            }
            if version >= 5 {
                partition.i64()?;
            }
            partition.i32()?;
            partition.tags()?;
            Ok(number)
        })?;
        topic.tags()?;
        Ok((name, partitions))
    })?;
    Ok((session, named))
}

pub(super) fn offset_fetch(reply: Reply, frame: &[u8], code: i16) -> Result<Bytes, String> {
    let groups = offsets_fetched(frame, reply.version).map_err(|error| error.to_string())?;
    let answer = OffsetFetchResponse::default();
    if reply.version >= 8 {
        let groups = groups.into_iter().map(|(group, named)| {
            let partition = |index| {
                OffsetFetchResponsePartitions::default()
                    .with_partition_index(index)
                    .with_committed_offset(-1)
                    .with_error_code(code)
            };
            let topics = named.into_iter().map(|(topic, partitions)| {
                OffsetFetchResponseTopics::default()
                    .with_name(TopicName(text(&topic)))
                    .with_partitions(partitions.into_iter().map(partition).collect())
            });
            OffsetFetchResponseGroup::default()
                .with_group_id(GroupId(text(&group)))
                .with_topics(topics.collect())
                .with_error_code(code)
        });
        return reply.with(&answer.with_groups(groups.collect()));
    }
    let partition = |index| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(index)
            .with_committed_offset(-1)
            .with_error_code(code)
    };
    let topics = groups.into_iter().flat_map(|(_, named)| named).map(|(topic, partitions)| {
        OffsetFetchResponseTopic::default()
            .with_name(TopicName(text(&topic)))
            .with_partitions(partitions.into_iter().map(partition).collect())
    });
    let answer = answer.with_topics(topics.collect());
    reply.with(&if reply.version < 2 { answer } else { answer.with_error_code(code) })
}

/// The groups that an OffsetFetch names, with their partitions: none stands for all.
fn offsets_fetched(frame: &[u8], version: i16) -> Result<Vec<(Arc<str>, Assignment)>, Malformed> {
    let fields = &mut body(frame, ApiKey::OffsetFetch, version)?;
    if version < 8 {
        return Ok(vec![(fields.text()?, topics(fields)?)]);
    }
    fields.each(|group| {
        let name = group.text()?;
        if version >= 9 {
            // The member and its epoch.
            group.string()?;
            group.i32()?;
        }
        let named = (name, topics(group)?);
        group.tags()?;
        Ok(named)
    })
}

pub(super) fn find_coordinator(reply: Reply, frame: &[u8], code: i16) -> Result<Bytes, String> {
    let keys = coordinators(frame, reply.version).map_err(|error| error.to_string())?;
    let answer = FindCoordinatorResponse::default();
    let Some(keys) = keys else {
        return reply.with(&answer.with_error_code(code).with_node_id(BrokerId(-1)).with_port(-1));
    };
    let coordinator = |key: &Arc<str>| {
        Coordinator::default()
            .with_key(text(key))
            .with_node_id(BrokerId(-1))
            .with_port(-1)
            .with_error_code(code)
    };
    reply.with(&answer.with_coordinators(keys.iter().map(coordinator).collect()))
}

/// The keys that a FindCoordinator names; `None` in a version that has one key and does not answer it.
fn coordinators(frame: &[u8], version: i16) -> Result<Option<Vec<Arc<str>>>, Malformed> {
    let fields = &mut body(frame, ApiKey::FindCoordinator, version)?;
    if version < 4 {
        return Ok(None);
    }
    fields.i8()?;
    fields.each(Fields::text).map(Some)
}
