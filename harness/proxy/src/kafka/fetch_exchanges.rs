//! Fetch requests and answers, and batches in them, encoded by the kafka-protocol crate.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::write::GzEncoder;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{ApiKey, FetchRequest, FetchResponse, ProducerId};
use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};

use super::exchanges::topic;
use super::testing::{Exchange, exchange};

/// How records are compressed; snappy as Java does it, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Codec {
    None,
    Gzip,
    Snappy,
    Xerial,
    Lz4,
    Zstd,
}

pub(super) const CODECS: [Codec; 6] =
    [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Xerial, Codec::Lz4, Codec::Zstd];

pub(super) fn record(offset: i64, key: Option<&[u8]>, value: usize) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        sequence: offset as i32,
        timestamp: 1 << 40,
        key: key.map(Bytes::copy_from_slice),
        value: Some(vec![1; value].into()),
        headers: Default::default(),
    }
}

pub(super) fn batch(codec: Codec, records: &[Record]) -> Bytes {
    let compression = match codec {
        Codec::None => Compression::None,
        Codec::Gzip => Compression::Gzip,
        Codec::Snappy | Codec::Xerial => Compression::Snappy,
        Codec::Lz4 => Compression::Lz4,
        Codec::Zstd => Compression::Zstd,
    };
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression };
    let pack = |plain: &mut BytesMut, out: &mut BytesMut, _| {
        out.put_slice(&packed(codec, plain));
        Ok(())
    };
    RecordBatchEncoder::encode_with_custom_compression(&mut bytes, records, &options, Some(pack)).unwrap();
    bytes.freeze()
}

pub(super) fn packed(codec: Codec, plain: &[u8]) -> Vec<u8> {
    match codec {
        Codec::None => plain.to_vec(),
        Codec::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        Codec::Xerial => {
            let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
            for block in plain.chunks(32) {
                let block = packed(Codec::Snappy, block);
                out.put_u32(block.len() as u32);
                out.put_slice(&block);
            }
            out
        }
        Codec::Lz4 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Zstd => zstd::encode_all(plain, 3).unwrap(),
    }
}

/// For these partitions from these offsets on.
pub(super) fn request(asked: &[(i32, i64)]) -> FetchRequest {
    let partition = |(partition, offset): &(i32, i64)| {
        FetchPartition::default().with_partition(*partition).with_fetch_offset(*offset)
    };
    let topic =
        FetchTopic::default().with_topic(topic()).with_partitions(asked.iter().map(partition).collect());
    FetchRequest::default().with_session_epoch(-1).with_topics(vec![topic])
}

/// Of a session that has begun: without these partitions from now on.
pub(super) fn incremental(asked: &[(i32, i64)], forgotten: &[i32]) -> FetchRequest {
    let forgotten = ForgottenTopic::default().with_topic(topic()).with_partitions(forgotten.to_vec());
    request(asked).with_session_id(7).with_session_epoch(1).with_forgotten_topics_data(vec![forgotten])
}

pub(super) fn answer(partitions: Vec<PartitionData>) -> FetchResponse {
    let topic = FetchableTopicResponse::default().with_topic(topic()).with_partitions(partitions);
    FetchResponse::default().with_throttle_time_ms(3).with_responses(vec![topic])
}

pub(super) fn partition(index: i32, code: i16, records: impl Into<Option<Bytes>>) -> PartitionData {
    PartitionData::default()
        .with_partition_index(index)
        .with_error_code(code)
        .with_high_watermark(1 << 50)
        .with_aborted_transactions(None)
        .with_records(records.into())
}

pub(super) fn aborted(producer: i64, first: i64) -> AbortedTransaction {
    AbortedTransaction::default().with_producer_id(ProducerId(producer)).with_first_offset(first)
}

pub(super) fn made(version: i16, asked: &[(i32, i64)], partitions: Vec<PartitionData>) -> Exchange {
    let mut answer = answer(partitions);
    if version >= 7 {
        answer = answer.with_session_id(7);
    }
    let mut request = request(asked);
    if version < 7 {
        request = request.with_session_epoch(-1);
    }
    exchange(ApiKey::Fetch, version, &request, &answer)
}

/// In every version and with every codec: records of which the first was not asked for, a refusal, and nothing.
pub(super) fn exchanges() -> Vec<Exchange> {
    static ALL: LazyLock<Vec<Exchange>> = LazyLock::new(all);
    ALL.clone()
}

fn all() -> Vec<Exchange> {
    let records =
        |base| [record(base, Some(b"a"), 10), record(base + 1, None, 0), record(base + 2, Some(b"c"), 90)];
    let made = |version, codec| {
        let two = [batch(codec, &records(1 << 33)), batch(codec, &records((1 << 33) + 3))].concat();
        let ended = partition(3, 0, Bytes::new()).with_aborted_transactions(Some(vec![aborted(1, 2)]));
        let partitions =
            vec![partition(0, 0, Bytes::from(two)), partition(1, 1, None), partition(2, 0, None), ended];
        made(version, &[(0, (1 << 33) + 1), (1, 5), (2, 5), (3, 5)], partitions)
    };
    let all = (4..=12).flat_map(|version| CODECS.map(|codec| (version, codec)));
    all.map(|(version, codec)| made(version, codec)).collect()
}
