//! Answers made here: to requests that are not forwarded, and in the place of answers that are thrown away.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{
    ApiKey, ConsumerGroupHeartbeatResponse, HeartbeatResponse, InitProducerIdResponse, JoinGroupResponse,
    LeaveGroupResponse, OffsetCommitResponse, ProduceResponse, ProducerId, ResponseHeader, SyncGroupResponse,
    TopicName,
};
use kafka_protocol::protocol::{Encodable, HeaderVersion, StrBytes};

use super::head::Head;
use super::subject::{Subject, name};
use super::unread;

/// How a request is refused.
pub(super) enum Refusal {
    /// By this answer, and it is not forwarded.
    Answer(Bytes),
    /// In the broker's own answer: nobody else can say where brokers are.
    InItsAnswer,
}

/// The refusal of a request. An error says why it cannot be refused.
pub(super) fn of(head: &Head, subject: &Subject, frame: &[u8], code: i16) -> Result<Refusal, String> {
    if !head.answered {
        return Err("a Produce with acks=0 asks for no answer: it cannot be refused".to_owned());
    }
    let reply = Reply { version: head.version, correlation_id: head.correlation_id };
    let answer = match ApiKey::try_from(head.api_key) {
        Ok(ApiKey::Metadata) => return Ok(Refusal::InItsAnswer),
        Ok(ApiKey::Fetch) => unread::fetch(reply, frame, code),
        Ok(ApiKey::OffsetFetch) => unread::offset_fetch(reply, frame, code),
        Ok(ApiKey::FindCoordinator) => unread::find_coordinator(reply, frame, code),
        Ok(ApiKey::InitProducerId) => reply.with(
            &InitProducerIdResponse::default()
                .with_error_code(code)
                .with_producer_id(ProducerId(-1))
                .with_producer_epoch(-1),
        ),
        Ok(key) => match answer(key, reply, subject, code) {
            Some(answer) => answer,
            None => {
                return Err(cannot(
                    head.api_key,
                    "Fetch, OffsetFetch, FindCoordinator, InitProducerId and Metadata",
                ));
            }
        },
        Err(_) => {
            return Err(cannot(
                head.api_key,
                "Fetch, OffsetFetch, FindCoordinator, InitProducerId and Metadata",
            ));
        }
    };
    answer.map(Refusal::Answer).map_err(|reason| {
        format!("{} version {} cannot be refused: {reason}", name(head.api_key), head.version)
    })
}

/// What stands instead of an answer: the same as if the request had been refused. An error says why nothing can.
pub(super) fn instead(api_key: i16, reply: Reply, subject: &Subject, code: i16) -> Result<Bytes, String> {
    let answer = ApiKey::try_from(api_key).ok().and_then(|key| answer(key, reply, subject, code));
    answer.unwrap_or_else(|| Err(cannot(api_key, "Metadata")))
}

fn cannot(api_key: i16, others: &str) -> String {
    format!(
        "{} cannot be answered with an error here; it can be done to Produce, OffsetCommit, JoinGroup, SyncGroup, Heartbeat, \
         LeaveGroup, ConsumerGroupHeartbeat, {others}",
        name(api_key)
    )
}

/// What an answer has of its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply {
    pub(super) version: i16,
    pub(super) correlation_id: i32,
}

impl Reply {
    /// The answer's frame.
    pub(super) fn with<A: Encodable + HeaderVersion>(self, answer: &A) -> Result<Bytes, String> {
        let mut frame = BytesMut::from(&[0; 4][..]);
        ResponseHeader::default()
            .with_correlation_id(self.correlation_id)
            .encode(&mut frame, A::header_version(self.version))
            .and_then(|()| answer.encode(&mut frame, self.version))
            .map_err(|error| error.to_string())?;
        let length = u32::try_from(frame.len() - 4).map_err(|_| "its answer would be too long".to_owned())?;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Ok(frame.freeze())
    }
}

/// The answer to a request of which only the subject has to be known; `None` for other APIs.
fn answer(key: ApiKey, reply: Reply, subject: &Subject, code: i16) -> Option<Result<Bytes, String>> {
    Some(match key {
        ApiKey::Produce => reply.with(&produce(subject, code)),
        ApiKey::OffsetCommit => reply.with(&offset_commit(subject, code)),
        ApiKey::JoinGroup => {
            // Null only where it may be.
            let nothing = (reply.version < 7).then(StrBytes::default);
            let member = subject.member.as_deref().unwrap_or_default();
            reply.with(
                &JoinGroupResponse::default()
                    .with_error_code(code)
                    .with_generation_id(-1)
                    .with_protocol_name(nothing)
                    .with_member_id(text(member)),
            )
        }
        ApiKey::SyncGroup => reply.with(&SyncGroupResponse::default().with_error_code(code)),
        ApiKey::Heartbeat => reply.with(&HeartbeatResponse::default().with_error_code(code)),
        ApiKey::LeaveGroup => reply.with(&LeaveGroupResponse::default().with_error_code(code)),
        ApiKey::ConsumerGroupHeartbeat => {
            reply.with(&ConsumerGroupHeartbeatResponse::default().with_error_code(code))
        }
        _ => return None,
    })
}

fn produce(subject: &Subject, code: i16) -> ProduceResponse {
    let partition = |index: &i32| {
        PartitionProduceResponse::default()
            .with_index(*index)
            .with_error_code(code)
            .with_base_offset(-1)
            .with_log_append_time_ms(-1)
            .with_log_start_offset(-1)
    };
    let topics = subject.partitions.iter().map(|(topic, partitions)| {
        TopicProduceResponse::default()
            .with_name(TopicName(text(topic)))
            .with_partition_responses(partitions.iter().map(partition).collect())
    });
    ProduceResponse::default().with_responses(topics.collect())
}

fn offset_commit(subject: &Subject, code: i16) -> OffsetCommitResponse {
    let partition = |index: &i32| {
        OffsetCommitResponsePartition::default().with_partition_index(*index).with_error_code(code)
    };
    let topics = subject.partitions.iter().map(|(topic, partitions)| {
        OffsetCommitResponseTopic::default()
            .with_name(TopicName(text(topic)))
            .with_partitions(partitions.iter().map(partition).collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}
