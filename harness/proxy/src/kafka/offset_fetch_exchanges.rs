//! OffsetFetch requests and answers, encoded by the kafka-protocol crate in every version, and what is to be read of them.

use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{ApiKey, OffsetFetchRequest, OffsetFetchResponse};

use super::event::{KafkaError, KafkaSaid};
use super::exchanges::{group, text, topic};
use super::testing::{Exchange, exchange};

/// A partition's number, offset and error.
type Part = (i32, i64, i16);

/// Partitions told, all asked for, the group refused to one who names partitions and to one who does not.
pub(super) fn exchanges() -> Vec<(Exchange, Vec<KafkaSaid>)> {
    let parts = [(0, 1 << 40, 0), (1, -1, 0), (2, -1, 3)];
    let mut all = Vec::new();
    for version in 1..=9 {
        let told = said("orders", &[(0, Some(1 << 40), 0), (1, None, 0), (2, None, 3)]);
        all.push((made(version, Some(&[0, 1, 2]), &parts, 0), told.clone()));
        if version >= 2 {
            all.push((made(version, None, &parts, 0), told));
            let refused = said("orders", &[(0, None, 16), (1, None, 16)]);
            all.push((made(version, Some(&[0, 1]), &[], 16), refused));
            all.push((made(version, None, &[], 16), said("", &[(-1, None, 16)])));
        }
    }
    all
}

fn said(topic: &str, parts: &[(i32, Option<i64>, i16)]) -> Vec<KafkaSaid> {
    let said = |(partition, offset, code): &(i32, Option<i64>, i16)| KafkaSaid::OffsetsFetched {
        group: "g".into(),
        topic: topic.into(),
        partition: *partition,
        offset: *offset,
        error: KafkaError::of(*code),
    };
    parts.iter().map(said).collect()
}

fn made(version: i16, asked: Option<&[i32]>, parts: &[Part], code: i16) -> Exchange {
    let (request, answer) =
        if version < 8 { of_one(asked, parts, code) } else { of_groups(asked, parts, code) };
    exchange(ApiKey::OffsetFetch, version, &request, &answer)
}

fn of_one(asked: Option<&[i32]>, parts: &[Part], code: i16) -> (OffsetFetchRequest, OffsetFetchResponse) {
    let topics = asked.map(|asked| {
        vec![OffsetFetchRequestTopic::default().with_name(topic()).with_partition_indexes(asked.to_vec())]
    });
    let part = |(partition, offset, code): &Part| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(*partition)
            .with_committed_offset(*offset)
            .with_metadata(Some(text("why")))
            .with_error_code(*code)
    };
    let told = OffsetFetchResponseTopic::default()
        .with_name(topic())
        .with_partitions(parts.iter().map(part).collect());
    let told = if parts.is_empty() { Vec::new() } else { vec![told] };
    let request = OffsetFetchRequest::default().with_group_id(group()).with_topics(topics);
    (request, OffsetFetchResponse::default().with_topics(told).with_error_code(code))
}

fn of_groups(asked: Option<&[i32]>, parts: &[Part], code: i16) -> (OffsetFetchRequest, OffsetFetchResponse) {
    let topics = asked.map(|asked| {
        vec![OffsetFetchRequestTopics::default().with_name(topic()).with_partition_indexes(asked.to_vec())]
    });
    let part = |(partition, offset, code): &Part| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(*partition)
            .with_committed_offset(*offset)
            .with_metadata(Some(text("why")))
            .with_error_code(*code)
    };
    let told = OffsetFetchResponseTopics::default()
        .with_name(topic())
        .with_partitions(parts.iter().map(part).collect());
    let told = if parts.is_empty() { Vec::new() } else { vec![told] };
    let wanted = OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(topics);
    let found =
        OffsetFetchResponseGroup::default().with_group_id(group()).with_topics(told).with_error_code(code);
    let request = OffsetFetchRequest::default().with_groups(vec![wanted]);
    (request, OffsetFetchResponse::default().with_groups(vec![found]))
}
