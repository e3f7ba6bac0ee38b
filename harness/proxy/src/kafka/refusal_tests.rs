//! Refusals in every version, decoded by the kafka-protocol crate.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use kafka_protocol::messages as k;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

use super::event::{KafkaEvent, KafkaSaid};
use super::exchanges::{exchanges, group, text, topic};
use super::produce_tests;
use super::session_tests::{produce, request};
use super::subject::REQUEST;
use super::testing::{Exchange, exchange, feed, holding};
use crate::fault::Change;
use crate::reader::Reader;
use crate::toxic::Direction::{Downstream, Upstream};

/// The answer's body as the crate has it.
pub(super) fn decoded<A: Decodable + HeaderVersion>(frame: &[u8], version: i16) -> A {
    assert_eq!(frame.len(), 4 + u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize);
    let mut bytes = Bytes::copy_from_slice(&frame[4..]);
    let header = k::ResponseHeader::decode(&mut bytes, A::header_version(version)).unwrap();
    assert_eq!(header.correlation_id, 5);
    let answer = A::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty(), "{bytes:?} follows");
    answer
}

/// What a client gets whose request is refused, and what is told of it.
fn refused(request: &[u8], code: i16) -> (Vec<u8>, Vec<KafkaEvent>) {
    let mut session = holding(&[REQUEST]);
    let (forwarded, _, done) = feed(&mut session, Upstream, request, &mut |_| Some(Change::KafkaError(code)));
    assert_eq!((forwarded, &done[..]), (vec![], &[Ok(())][..]));
    let answer = session.answers().concat();
    (answer, super::testing::told(&mut session))
}

fn code(event: &KafkaEvent) -> Option<i16> {
    match &event.said {
        KafkaSaid::HeartbeatRefused { error, .. } => Some(error.code()),
        KafkaSaid::Joined { error, .. }
        | KafkaSaid::Synced { error, .. }
        | KafkaSaid::Left { error, .. }
        | KafkaSaid::GroupHeartbeat { error, .. }
        | KafkaSaid::Committed { error, .. }
        | KafkaSaid::Produced { error, .. } => error.map(|error| error.code()),
        KafkaSaid::Asked { .. } | KafkaSaid::Answered { .. } => None,
    }
}

fn numbers(frame: &[u8]) -> (ApiKey, i16) {
    let number = |at: usize| i16::from_be_bytes([frame[at], frame[at + 1]]);
    (ApiKey::try_from(number(4)).unwrap(), number(6))
}

/// Whether the crate reads an answer, and how many errors of this code are in it.
fn errors(key: ApiKey, version: i16, frame: &[u8], wanted: i16) -> usize {
    let count = |codes: Vec<i16>| codes.into_iter().filter(|code| *code == wanted).count();
    match key {
        ApiKey::Produce => count(
            decoded::<k::ProduceResponse>(frame, version)
                .responses
                .iter()
                .flat_map(|topic| &topic.partition_responses)
                .map(|partition| partition.error_code)
                .collect(),
        ),
        ApiKey::OffsetCommit => count(
            decoded::<k::OffsetCommitResponse>(frame, version)
                .topics
                .iter()
                .flat_map(|topic| &topic.partitions)
                .map(|partition| partition.error_code)
                .collect(),
        ),
        ApiKey::JoinGroup => count(vec![decoded::<k::JoinGroupResponse>(frame, version).error_code]),
        ApiKey::SyncGroup => count(vec![decoded::<k::SyncGroupResponse>(frame, version).error_code]),
        ApiKey::Heartbeat => count(vec![decoded::<k::HeartbeatResponse>(frame, version).error_code]),
        ApiKey::LeaveGroup => count(vec![decoded::<k::LeaveGroupResponse>(frame, version).error_code]),
        ApiKey::ConsumerGroupHeartbeat => {
            count(vec![decoded::<k::ConsumerGroupHeartbeatResponse>(frame, version).error_code])
        }
        other => panic!("{other:?}"),
    }
}

fn everything() -> Vec<Exchange> {
    exchanges().into_iter().map(|(exchange, _)| exchange).chain(produce_tests::exchanges()).collect()
}

#[test]
fn all_that_a_request_names_is_refused() {
    for Exchange { request, .. } in everything() {
        let (key, version) = numbers(&request);
        let (answer, told) = refused(&request, 29);
        let named = match key {
            ApiKey::OffsetCommit => 2,
            ApiKey::Produce => 3,
            _ => 1,
        };
        assert_eq!(errors(key, version, &answer, 29), named, "{key:?} {version}");
        assert!(!told.is_empty() && told.iter().all(|event| code(event) == Some(29)), "{told:?}");
        assert!(told.len() >= named && told.iter().all(|event| event.client.as_deref() == Some("test")));
    }
}

#[test]
fn an_answer_is_changed_after_the_broker_has_acted() {
    for Exchange { request, answer } in everything() {
        let (key, version) = numbers(&request);
        let mut session = holding(&["kafka-answered"]);
        super::testing::up(&mut session, &request);
        let (out, told, done) =
            feed(&mut session, Downstream, &answer, &mut |_| Some(Change::KafkaError(29)));
        assert_eq!(done, [Ok(())]);
        assert!(errors(key, version, &out, 29) > 0, "{key:?} {version}");
        // What is told is what the broker said.
        assert!(told.iter().all(|event| code(event) != Some(29)), "{told:?}");
    }
}

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

#[test]
fn what_cannot_be_refused_passes_and_says_why() {
    let unasked = request(0, 9, 1, &produce(9, 0));
    let ignorant = request(2, 0, 1, b"x");
    for (request, change, reason) in [
        (&unasked, Change::KafkaError(6), "asks for no answer"),
        (&unasked, Change::KafkaThrottle(std::time::Duration::from_secs(1)), "has no answer"),
        (
            &ignorant,
            Change::KafkaError(6),
            "ListOffsets cannot be answered with an error here; it can be done to Produce, ",
        ),
        (&ignorant, Change::HttpStatus(500), "no change for Kafka"),
        (&request(999, 0, 1, b"x"), Change::KafkaError(6), "API 999 cannot be"),
        (
            &request(1, 12, 1, b"x"),
            Change::KafkaError(6),
            "Fetch version 12 cannot be refused: it ends too early",
        ),
    ] {
        let mut session = holding(&[REQUEST]);
        let (out, _, done) = feed(&mut session, Upstream, request, &mut |_| Some(change.clone()));
        assert_eq!(&out, request);
        let [Err(error)] = &done[..] else { panic!("{done:?}") };
        assert!(error.contains(reason), "{error}");
        assert_eq!(session.blind(), None);
    }
    let mut session = holding(&["kafka-answered"]);
    super::testing::up(&mut session, &request(22, 0, 1, &[]));
    let answer = super::session_tests::answer(1, &[0; 16]);
    let (out, _, done) = feed(&mut session, Downstream, &answer, &mut |_| Some(Change::KafkaError(6)));
    assert_eq!(out, answer);
    assert!(
        done[0].as_ref().unwrap_err().starts_with("InitProducerId cannot be answered with an error here")
    );
}

#[test]
fn what_is_made_can_be_encoded_again() {
    // A name with characters that are more than one byte.
    let name = "订单";
    let asked = k::HeartbeatRequest::default().with_group_id(k::GroupId(text(name)));
    let Exchange { request, .. } = exchange(ApiKey::Heartbeat, 4, &asked, &k::HeartbeatResponse::default());
    let (frame, told) = refused(&request, 25);
    let answer: k::HeartbeatResponse = decoded(&frame, 4);
    let mut again = bytes::BytesMut::new();
    answer.encode(&mut again, 4).unwrap();
    assert_eq!(&frame[9..], &again[..]);
    assert!(matches!(&told[0].said, KafkaSaid::HeartbeatRefused { group, .. } if &**group == name));
}
