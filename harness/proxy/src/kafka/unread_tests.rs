//! Refusals of what is not read otherwise, in every version, decoded by the kafka-protocol crate.
#![allow(clippy::unwrap_used)]

use kafka_protocol::messages as k;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};

use super::exchanges::{group, text, topic};
use super::refusal_tests::{decoded, refused};
use super::subject::REQUEST;
use super::testing::{Exchange, exchange, feed, holding};
use crate::fault::Change;
use crate::reader::Reader;
use crate::toxic::Direction::{Downstream, Upstream};

#[test]
fn fetches_are_refused() {
    for version in 4..=12 {
        let partition = |index| FetchPartition::default().with_partition(index).with_partition_max_bytes(9);
        let topics =
            FetchTopic::default().with_topic(topic()).with_partitions(vec![partition(0), partition(7)]);
        let session = if version >= 7 { 33 } else { 0 };
        let asked = k::FetchRequest::default().with_session_id(session).with_topics(vec![topics]);
        let Exchange { request, .. } = exchange(ApiKey::Fetch, version, &asked, &k::FetchResponse::default());
        let answer: k::FetchResponse = decoded(&refused(&request, 6).0, version);
        assert_eq!((answer.error_code, answer.session_id), (if version >= 7 { 6 } else { 0 }, session));
        let [topic] = &answer.responses[..] else { panic!("{answer:?}") };
        assert_eq!(&*topic.topic.0, "orders");
        let partitions =
            topic.partitions.iter().map(|at| (at.partition_index, at.error_code, at.high_watermark));
        assert_eq!(partitions.collect::<Vec<_>>(), [(0, 6, -1), (7, 6, -1)]);
    }
}

#[test]
fn fetches_of_offsets_are_refused() {
    for version in 1..=9 {
        let mut asked = k::OffsetFetchRequest::default();
        if version >= 8 {
            let topics =
                OffsetFetchRequestTopics::default().with_name(topic()).with_partition_indexes(vec![0, 7]);
            let one = |topics| OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(topics);
            asked = asked.with_groups(vec![one(Some(vec![topics])), one(None)]);
        } else {
            let topics =
                OffsetFetchRequestTopic::default().with_name(topic()).with_partition_indexes(vec![0, 7]);
            asked = asked.with_group_id(group()).with_topics(Some(vec![topics]));
        }
        let Exchange { request, .. } =
            exchange(ApiKey::OffsetFetch, version, &asked, &k::OffsetFetchResponse::default());
        let answer: k::OffsetFetchResponse = decoded(&refused(&request, 16).0, version);
        if version >= 8 {
            let codes = answer.groups.iter().map(|group| (&*group.group_id.0, group.error_code));
            assert_eq!(codes.collect::<Vec<_>>(), [("g", 16), ("g", 16)]);
            let [first, second] = &answer.groups[..] else { panic!("{answer:?}") };
            assert!(
                first.topics[0].partitions.iter().all(|at| at.error_code == 16 && at.committed_offset == -1)
            );
            assert_eq!((first.topics[0].partitions.len(), second.topics.len()), (2, 0));
        } else {
            assert_eq!(answer.error_code, if version >= 2 { 16 } else { 0 });
            assert_eq!(answer.topics[0].partitions.len(), 2);
            assert!(answer.topics[0].partitions.iter().all(|at| at.error_code == 16));
        }
    }
}

#[test]
fn searches_for_coordinators_and_producer_ids_are_refused() {
    for version in 0..=6 {
        let mut asked = k::FindCoordinatorRequest::default();
        asked = if version >= 4 {
            asked.with_coordinator_keys(vec![text("g"), text("h")])
        } else {
            asked.with_key(text("g"))
        };
        let Exchange { request, .. } =
            exchange(ApiKey::FindCoordinator, version, &asked, &k::FindCoordinatorResponse::default());
        let answer: k::FindCoordinatorResponse = decoded(&refused(&request, 15).0, version);
        if version >= 4 {
            let keys = answer.coordinators.iter().map(|one| (&*one.key, one.error_code, one.port));
            assert_eq!(keys.collect::<Vec<_>>(), [("g", 15, -1), ("h", 15, -1)]);
        } else {
            assert_eq!((answer.error_code, answer.node_id.0, answer.port), (15, -1, -1));
        }
    }
    for version in 0..=5 {
        let asked = k::InitProducerIdRequest::default();
        let Exchange { request, .. } =
            exchange(ApiKey::InitProducerId, version, &asked, &k::InitProducerIdResponse::default());
        let answer: k::InitProducerIdResponse = decoded(&refused(&request, 15).0, version);
        assert_eq!((answer.error_code, answer.producer_id.0, answer.producer_epoch), (15, -1, -1));
    }
}

#[test]
fn topics_are_refused_in_the_brokers_own_metadata() {
    for version in 0..=13 {
        let broker = MetadataResponseBroker::default().with_host(text("kafka.example")).with_port(9092);
        let partitions = [0, 1].map(|index| {
            MetadataResponsePartition::default()
                .with_partition_index(index)
                .with_replica_nodes(vec![k::BrokerId(1), k::BrokerId(2)])
                .with_isr_nodes(vec![k::BrokerId(1)])
        });
        let named = |name| {
            MetadataResponseTopic::default()
                .with_name(Some(k::TopicName(text(name))))
                .with_partitions(partitions.to_vec())
        };
        let answered = k::MetadataResponse::default()
            .with_brokers(vec![broker])
            .with_controller_id(if version >= 1 { k::BrokerId(1) } else { k::BrokerId(-1) })
            .with_topics(vec![named("orders"), named("invoices")]);
        let Exchange { request, answer } =
            exchange(ApiKey::Metadata, version, &k::MetadataRequest::default(), &answered);
        // Asked for at the request or at the answer: it is the same.
        let mut session = holding(&[REQUEST]);
        let (forwarded, _, done) =
            feed(&mut session, Upstream, &request, &mut |_| Some(Change::KafkaError(3)));
        assert_eq!((forwarded, &done[..]), (request.clone(), &[Ok(())][..]));
        assert!(session.answers().is_empty());
        let (out, ..) = feed(&mut session, Downstream, &answer, &mut |_| None);
        let mut session = holding(&["kafka-answered"]);
        super::testing::up(&mut session, &request);
        let (again, _, done) = feed(&mut session, Downstream, &answer, &mut |_| Some(Change::KafkaError(3)));
        assert_eq!((&again, &done[..]), (&out, &[Ok(())][..]));

        let mut expected = answered;
        expected.brokers[0].host = text("127.0.0.1");
        expected.brokers[0].port = 41_000;
        for topic in &mut expected.topics {
            topic.error_code = 3;
            topic.partitions.clear();
        }
        assert_eq!(decoded::<k::MetadataResponse>(&out, version), expected, "{version}");
    }
}
