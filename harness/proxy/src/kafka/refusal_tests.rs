//! Refusals in every version, decoded by the kafka-protocol crate.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use kafka_protocol::messages as k;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

use super::event::{KafkaEvent, KafkaSaid};
use super::exchanges::{exchanges, text};
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
pub(super) fn refused(request: &[u8], code: i16) -> (Vec<u8>, Vec<KafkaEvent>) {
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
        | KafkaSaid::OffsetsFetched { error, .. }
        | KafkaSaid::Fetched { error, .. }
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
    let all = exchanges().into_iter().map(|(exchange, _)| exchange).chain(produce_tests::exchanges());
    // OffsetFetch is refused as `unread` says, and its answer is not changed.
    all.filter(|exchange| numbers(&exchange.request).0 != ApiKey::OffsetFetch).collect()
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
        (&request(10, 4, 1, b"x"), Change::KafkaError(6), "FindCoordinator version 4 cannot be refused: "),
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
