//! Requests and answers about groups, encoded by the kafka-protocol crate in every version, and what is to be read of
//! them.
#![allow(clippy::unwrap_used)]

use std::ops::RangeInclusive;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ApiKey, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ConsumerProtocolAssignment,
    GroupId, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    LeaveGroupResponse, OffsetCommitRequest, OffsetCommitResponse, SyncGroupRequest, SyncGroupResponse,
    TopicName, consumer_protocol_assignment,
};
use kafka_protocol::protocol::{Encodable, StrBytes};

use super::event::{KafkaError, KafkaSaid};
use super::offset_fetch_exchanges;
use super::testing::{Exchange, exchange};

pub(super) fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

pub(super) fn group() -> GroupId {
    GroupId(text("g"))
}

pub(super) fn topic() -> TopicName {
    TopicName(text("orders"))
}

/// Everything about groups, in all these versions, and what is to be read of it.
pub(super) fn exchanges() -> Vec<(Exchange, Vec<KafkaSaid>)> {
    let mut all = Vec::new();
    let mut add = |versions: RangeInclusive<i16>, make: &dyn Fn(i16) -> (Exchange, Vec<KafkaSaid>)| {
        all.extend(versions.map(make));
    };
    add(0..=9, &joins);
    add(0..=9, &refused_joins);
    add(0..=5, &syncs);
    add(0..=4, &|version| heartbeats(version, 27));
    add(0..=4, &|version| heartbeats(version, 0));
    add(0..=5, &leaves);
    add(0..=5, &refused_leaves);
    add(0..=1, &group_heartbeats);
    add(2..=9, &commits);
    all.extend(offset_fetch_exchanges::exchanges());
    all
}

fn joins(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let protocol = JoinGroupRequestProtocol::default()
        .with_name(text("range"))
        .with_metadata(Bytes::from_static(b"topics"));
    let request = JoinGroupRequest::default()
        .with_group_id(group())
        .with_session_timeout_ms(1000)
        .with_member_id(text("asking"))
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol]);
    let other = JoinGroupResponseMember::default().with_member_id(text("m-2"));
    let answer = JoinGroupResponse::default()
        .with_generation_id(7)
        .with_protocol_name(Some(text("range")))
        .with_leader(text("m-1"))
        .with_member_id(text("m-1"))
        .with_members(vec![other]);
    let said = KafkaSaid::Joined {
        group: "g".into(),
        member: "m-1".into(),
        generation: 7,
        protocol: Some("range".into()),
        leader: "m-1".into(),
        error: None,
    };
    (exchange(ApiKey::JoinGroup, version, &request, &answer), vec![said])
}

fn refused_joins(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let request = JoinGroupRequest::default().with_group_id(group()).with_member_id(text("m-1"));
    let answer = JoinGroupResponse::default()
        .with_error_code(25)
        .with_generation_id(-1)
        .with_protocol_name(if version >= 7 { None } else { Some(text("")) });
    let said = KafkaSaid::Joined {
        group: "g".into(),
        member: "m-1".into(),
        generation: -1,
        protocol: None,
        leader: "".into(),
        error: KafkaError::of(25),
    };
    (exchange(ApiKey::JoinGroup, version, &request, &answer), vec![said])
}

fn syncs(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let topic = consumer_protocol_assignment::TopicPartition::default()
        .with_topic(topic())
        .with_partitions(vec![0, 2]);
    let assignment = ConsumerProtocolAssignment::default().with_assigned_partitions(vec![topic]);
    let mut bytes = BytesMut::from(&[0, 1][..]);
    assignment.encode(&mut bytes, 1).unwrap();
    let assigned = SyncGroupRequestAssignment::default()
        .with_member_id(text("m-1"))
        .with_assignment(bytes.clone().freeze());
    let request = SyncGroupRequest::default()
        .with_group_id(group())
        .with_generation_id(7)
        .with_member_id(text("m-1"))
        .with_assignments(vec![assigned]);
    let answer = SyncGroupResponse::default().with_assignment(bytes.freeze());
    let said = KafkaSaid::Synced {
        group: "g".into(),
        member: "m-1".into(),
        generation: 7,
        assignment: Some(vec![("orders".into(), vec![0, 2])]),
        error: None,
    };
    (exchange(ApiKey::SyncGroup, version, &request, &answer), vec![said])
}

fn heartbeats(version: i16, code: i16) -> (Exchange, Vec<KafkaSaid>) {
    let request =
        HeartbeatRequest::default().with_group_id(group()).with_generation_id(7).with_member_id(text("m-1"));
    let answer = HeartbeatResponse::default().with_error_code(code);
    let said = KafkaError::of(code).map(|error| KafkaSaid::HeartbeatRefused {
        group: "g".into(),
        member: "m-1".into(),
        generation: 7,
        error,
    });
    (exchange(ApiKey::Heartbeat, version, &request, &answer), said.into_iter().collect())
}

fn left(member: &str, code: i16) -> KafkaSaid {
    KafkaSaid::Left { group: "g".into(), member: member.into(), error: KafkaError::of(code) }
}

fn leaves(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    if version <= 2 {
        let request = LeaveGroupRequest::default().with_group_id(group()).with_member_id(text("m-1"));
        let answer = LeaveGroupResponse::default();
        return (exchange(ApiKey::LeaveGroup, version, &request, &answer), vec![left("m-1", 0)]);
    }
    let asked = |name| MemberIdentity::default().with_member_id(text(name));
    let request =
        LeaveGroupRequest::default().with_group_id(group()).with_members(vec![asked("m-1"), asked("m-2")]);
    let member = |name, code| MemberResponse::default().with_member_id(text(name)).with_error_code(code);
    let answer = LeaveGroupResponse::default().with_members(vec![member("m-1", 0), member("m-2", 25)]);
    let said = vec![left("m-1", 0), left("m-2", 25)];
    (exchange(ApiKey::LeaveGroup, version, &request, &answer), said)
}

fn refused_leaves(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let request = LeaveGroupRequest::default().with_group_id(group());
    let request = if version <= 2 {
        request.with_member_id(text("m-1"))
    } else {
        request.with_members(vec![MemberIdentity::default().with_member_id(text("m-1"))])
    };
    let answer = LeaveGroupResponse::default().with_error_code(16);
    (exchange(ApiKey::LeaveGroup, version, &request, &answer), vec![left("m-1", 16)])
}

fn group_heartbeats(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let request = ConsumerGroupHeartbeatRequest::default()
        .with_group_id(group())
        .with_member_id(text("m-1"))
        .with_member_epoch(0);
    let partitions = TopicPartitions::default().with_partitions(vec![1, 3]);
    let answer = ConsumerGroupHeartbeatResponse::default()
        .with_member_id(Some(text("m-1")))
        .with_member_epoch(4)
        .with_assignment(Some(Assignment::default().with_topic_partitions(vec![partitions])));
    let said = KafkaSaid::GroupHeartbeat {
        group: "g".into(),
        member: "m-1".into(),
        asked: 0,
        epoch: 4,
        assignment: Some(vec![("AAAAAAAAAAAAAAAAAAAAAA".into(), vec![1, 3])]),
        error: None,
    };
    (exchange(ApiKey::ConsumerGroupHeartbeat, version, &request, &answer), vec![said])
}

pub(super) fn commits(version: i16) -> (Exchange, Vec<KafkaSaid>) {
    let asked = |partition, offset| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(partition)
            .with_committed_offset(offset)
            .with_committed_metadata(Some(text("why")))
    };
    let request = OffsetCommitRequest::default()
        .with_group_id(group())
        .with_generation_id_or_member_epoch(7)
        .with_member_id(text("m-1"))
        .with_topics(vec![
            OffsetCommitRequestTopic::default()
                .with_name(topic())
                .with_partitions(vec![asked(0, 10), asked(1, 1 << 40)]),
        ]);
    let answered = |partition, code| {
        OffsetCommitResponsePartition::default().with_partition_index(partition).with_error_code(code)
    };
    // Not in the order asked.
    let answer = OffsetCommitResponse::default().with_topics(vec![
        OffsetCommitResponseTopic::default()
            .with_name(topic())
            .with_partitions(vec![answered(1, 0), answered(0, 25)]),
    ]);
    let said = |partition, offset, code| KafkaSaid::Committed {
        group: "g".into(),
        member: "m-1".into(),
        generation: 7,
        topic: "orders".into(),
        partition,
        offset,
        error: KafkaError::of(code),
    };
    let said = vec![said(1, 1 << 40, 0), said(0, 10, 25)];
    (exchange(ApiKey::OffsetCommit, version, &request, &answer), said)
}
