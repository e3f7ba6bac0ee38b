//! Produce requests and their answers, encoded by the kafka-protocol crate, in every version.
#![allow(clippy::unwrap_used)]

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse, TopicName, TransactionalId};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};

use super::event::{KafkaError, KafkaEvent, KafkaSaid};
use super::testing::{Exchange, exchange, session, tell, told, up};

/// A batch of so many records.
fn batch(records: i64, value: usize) -> Bytes {
    let record = |offset| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        sequence: offset as i32,
        timestamp: 0,
        key: None,
        value: Some(vec![1; value].into()),
        headers: Default::default(),
    };
    let records = (0..records).map(record).collect::<Vec<_>>();
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
    bytes.freeze()
}

fn topic() -> TopicName {
    TopicName(StrBytes::from_static_str("orders"))
}

fn request(acks: i16) -> ProduceRequest {
    let partition = |index, records| PartitionProduceData::default().with_index(index).with_records(records);
    let two = [batch(3, 10), batch(4, 500)].concat();
    let partitions =
        vec![partition(0, Some(two.into())), partition(1, Some(batch(1, 0))), partition(2, None)];
    ProduceRequest::default()
        .with_transactional_id(Some(TransactionalId(StrBytes::from_static_str("tx"))))
        .with_acks(acks)
        .with_topic_data(vec![TopicProduceData::default().with_name(topic()).with_partition_data(partitions)])
}

fn answer(version: i16) -> ProduceResponse {
    let done = PartitionProduceResponse::default().with_index(0).with_base_offset(1 << 33);
    let mut refused =
        PartitionProduceResponse::default().with_index(1).with_error_code(87).with_base_offset(-1);
    if version >= 8 {
        let error = BatchIndexAndErrorMessage::default()
            .with_batch_index(0)
            .with_batch_index_error_message(Some(StrBytes::from_static_str("no key")));
        refused = refused
            .with_record_errors(vec![error])
            .with_error_message(Some(StrBytes::from_static_str("invalid")));
    }
    let topic =
        TopicProduceResponse::default().with_name(topic()).with_partition_responses(vec![done, refused]);
    ProduceResponse::default().with_responses(vec![topic]).with_throttle_time_ms(3)
}

fn produced(partition: i32, offset: Option<i64>, records: u64, code: i16) -> KafkaEvent {
    let (topic, error) = ("orders".into(), KafkaError::of(code));
    KafkaEvent {
        client: Some("test".into()),
        said: KafkaSaid::Produced { topic, partition, offset, records, error },
    }
}

pub(super) fn exchanges() -> Vec<Exchange> {
    (3..=9).map(|version| exchange(ApiKey::Produce, version, &request(-1), &answer(version))).collect()
}

#[test]
fn every_version_is_read() {
    let expected = [produced(0, Some(1 << 33), 7, 0), produced(1, None, 1, 87)];
    for exchange in exchanges() {
        assert_eq!(tell(&exchange, 1 << 20).unwrap(), expected);
        assert_eq!(tell(&exchange, 1).unwrap(), expected);
    }
}

#[test]
fn without_acknowledgement_the_request_is_all_there_is() {
    for version in 3..=9 {
        let Exchange { request, .. } = exchange(ApiKey::Produce, version, &request(0), &answer(version));
        let (last, first) = request.split_last().unwrap();
        let mut session = session();
        up(&mut session, first);
        assert_eq!(told(&mut session), []);
        up(&mut session, &[*last]);
        let expected = [produced(0, None, 7, 0), produced(1, None, 1, 0), produced(2, None, 0, 0)];
        assert_eq!(told(&mut session), expected);
    }
}

#[test]
fn a_message_of_100_mb_is_not_held() {
    let value = 100 * 1024 * 1024;
    let partition = PartitionProduceData::default().with_index(0).with_records(Some(batch(1, value)));
    let data = TopicProduceData::default().with_name(topic()).with_partition_data(vec![partition]);
    let request = ProduceRequest::default().with_acks(0).with_topic_data(vec![data]);
    let Exchange { request, .. } = exchange(ApiKey::Produce, 9, &request, &answer(9));
    let mut walk = super::produce_walk::Walk::new(true);
    let (mut session, mut peak) = (session(), 0);
    // The header of 8 bytes, the name `test`, and its tags.
    let body = 4 + 8 + 2 + 4 + 1;
    for piece in request[body..].chunks(64 * 1024) {
        walk.read(piece).unwrap();
        peak = peak.max(walk.held());
    }
    assert!(peak < 1024, "{peak} bytes held");
    walk.finish().unwrap();
    for piece in request.chunks(64 * 1024) {
        up(&mut session, piece);
    }
    assert_eq!(told(&mut session), [produced(0, None, 1, 0)]);
}

#[test]
fn batches_that_lie_blind() {
    let lying = |at: usize, bytes: &[u8]| {
        let mut records = batch(1, 100).to_vec();
        records[at..at + bytes.len()].copy_from_slice(bytes);
        let partition = PartitionProduceData::default().with_records(Some(records.into()));
        let data = TopicProduceData::default().with_name(topic()).with_partition_data(vec![partition]);
        let request = ProduceRequest::default().with_acks(-1).with_topic_data(vec![data]);
        tell(&exchange(ApiKey::Produce, 9, &request, &answer(9)), 1 << 20).unwrap_err()
    };
    let reason = |why: &str| format!("client: a request Produce version 9 cannot be read: {why}");
    assert_eq!(lying(8, &i32::MAX.to_be_bytes()), reason("a length in it is impossible"));
    assert_eq!(lying(8, &0i32.to_be_bytes()), reason("a length in it is impossible"));
    assert_eq!(lying(8, &(-1i32).to_be_bytes()), reason("a length in it is impossible"));
    assert_eq!(lying(16, &[1]), reason("its version is not known"));
    assert_eq!(lying(57, &(-5i32).to_be_bytes()), reason("a length in it is impossible"));
}
