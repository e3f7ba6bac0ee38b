//! Frames of Kafka, with their lengths.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{
    FetchRequest, FetchResponse, MetadataRequest, ProduceRequest, ProduceResponse, RequestHeader,
    ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Encodable, HeaderVersion, Request, StrBytes};
use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};

use crate::Failure;

/// Versions that a link offers.
const PRODUCE: i16 = 9;
const FETCH: i16 = 12;
const METADATA: i16 = 12;
/// Where the correlation id stands, in requests; in answers it is before the four bytes.
const CORRELATION: std::ops::Range<usize> = 8..12;

/// A Produce of one record of so many bytes, with `acks=1`.
pub(crate) fn produce(topic: &str, value: usize) -> Result<Vec<u8>, Failure> {
    let partition = PartitionProduceData::default().with_records(Some(batch(value)?));
    let topic = TopicProduceData::default().with_name(name(topic)).with_partition_data(vec![partition]);
    let produce = ProduceRequest::default().with_acks(1).with_timeout_ms(10_000).with_topic_data(vec![topic]);
    request(&produce, PRODUCE)
}

/// The answer to it.
pub(crate) fn produced(topic: &str) -> Result<Vec<u8>, Failure> {
    let topic = TopicProduceResponse::default()
        .with_name(name(topic))
        .with_partition_responses(vec![PartitionProduceResponse::default()]);
    answer(&ProduceResponse::default().with_responses(vec![topic]), PRODUCE)
}

/// A Fetch.
pub(crate) fn fetch(topic: &str) -> Result<Vec<u8>, Failure> {
    let topic = FetchTopic::default()
        .with_topic(name(topic))
        .with_partitions(vec![FetchPartition::default().with_partition_max_bytes(i32::MAX)]);
    request(&FetchRequest::default().with_topics(vec![topic]), FETCH)
}

/// An answer to it: one record of so many bytes.
pub(crate) fn fetched(topic: &str, value: usize) -> Result<Vec<u8>, Failure> {
    let partition = PartitionData::default().with_high_watermark(1).with_records(Some(batch(value)?));
    let topic = FetchableTopicResponse::default().with_topic(name(topic)).with_partitions(vec![partition]);
    answer(&FetchResponse::default().with_responses(vec![topic]), FETCH)
}

/// A Metadata of this topic.
pub(crate) fn metadata(topic: &str) -> Result<Vec<u8>, Failure> {
    let topic = MetadataRequestTopic::default().with_name(Some(name(topic)));
    request(&MetadataRequest::default().with_topics(Some(vec![topic])), METADATA)
}

/// Gives a request another correlation id.
pub(crate) fn renumber(request: &mut [u8], correlation: i32) {
    request[CORRELATION].copy_from_slice(&correlation.to_be_bytes());
}

fn request<R: Request>(body: &R, version: i16) -> Result<Vec<u8>, Failure> {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_client_id(Some(StrBytes::from_static_str("bench")));
    let mut bytes = Vec::new();
    header.encode(&mut bytes, R::header_version(version))?;
    body.encode(&mut bytes, version)?;
    framed(bytes)
}

fn answer<A: Encodable + HeaderVersion>(body: &A, version: i16) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    ResponseHeader::default().encode(&mut bytes, A::header_version(version))?;
    body.encode(&mut bytes, version)?;
    framed(bytes)
}

fn framed(bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    Ok([&u32::try_from(bytes.len())?.to_be_bytes()[..], &bytes].concat())
}

fn batch(value: usize) -> Result<Bytes, Failure> {
    let value: Vec<u8> =
        (0..value as u32).map(|i| (i ^ (i >> 8) ^ (i >> 16).wrapping_mul(31)) as u8).collect();
    let record = Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: 0,
        sequence: -1,
        timestamp: 0,
        key: Some(Bytes::from_static(b"17")),
        value: Some(value.into()),
        headers: Default::default(),
    };
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut bytes, [&record], &options)?;
    Ok(bytes.freeze())
}

fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}
