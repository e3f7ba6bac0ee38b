//! Throttle times in every version, decoded by the kafka-protocol crate.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use kafka_protocol::messages as k;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

use super::produce_tests;
use super::refusal_tests::decoded;
use super::session_tests::{answer, request};
use super::subject::REQUEST;
use super::testing::{Exchange, exchange, feed, holding};
use crate::fault::Change;
use crate::reader::Reader;
use crate::toxic::Direction::{Downstream, Upstream};

const CHANGE: Change = Change::KafkaThrottle(Duration::from_millis(1234));

/// Throttles at the answer and at the request, which must be the same; or says why not.
fn throttled(exchange: &Exchange) -> Result<Vec<u8>, String> {
    let mut session = holding(&["kafka-answered"]);
    super::testing::up(&mut session, &exchange.request);
    let (first, _, done) = feed(&mut session, Downstream, &exchange.answer, &mut |_| Some(CHANGE));
    let mut session = holding(&[REQUEST]);
    let (up, _, asked) = feed(&mut session, Upstream, &exchange.request, &mut |_| Some(CHANGE));
    assert_eq!(up, exchange.request);
    let mut second = Vec::new();
    for piece in exchange.answer.chunks(3) {
        second.extend(feed(&mut session, Downstream, piece, &mut |_| None).0);
    }
    assert_eq!((&first, &done), (&second, &asked));
    assert_eq!(session.blind(), None);
    done[0].clone().map(|()| first)
}

fn check<Q, A>(key: ApiKey, versions: std::ops::RangeInclusive<i16>, first: i16, time: fn(&A) -> i32)
where
    Q: Default + Encodable + HeaderVersion,
    A: Default + Encodable + Decodable + HeaderVersion + PartialEq + std::fmt::Debug,
{
    for version in versions {
        let exchange = exchange(key, version, &Q::default(), &A::default());
        match throttled(&exchange) {
            Ok(frame) => {
                assert!(version >= first, "{key:?} {version}");
                assert_eq!(time(&decoded::<A>(&frame, version)), 1234, "{key:?} {version}");
            }
            Err(reason) => {
                let from = format!(
                    "the answer to {key:?} has a throttle time from version {first} on, this is {version}"
                );
                assert_eq!(reason, from);
                assert!(version < first);
            }
        }
    }
}

#[test]
fn every_version_that_has_one_is_throttled() {
    check::<k::FetchRequest, k::FetchResponse>(ApiKey::Fetch, 4..=12, 1, |it| it.throttle_time_ms);
    check::<k::ListOffsetsRequest, k::ListOffsetsResponse>(ApiKey::ListOffsets, 1..=10, 2, |it| {
        it.throttle_time_ms
    });
    check::<k::MetadataRequest, k::MetadataResponse>(ApiKey::Metadata, 0..=13, 3, |it| it.throttle_time_ms);
    check::<k::OffsetCommitRequest, k::OffsetCommitResponse>(ApiKey::OffsetCommit, 2..=9, 3, |it| {
        it.throttle_time_ms
    });
    check::<k::OffsetFetchRequest, k::OffsetFetchResponse>(ApiKey::OffsetFetch, 1..=9, 3, |it| {
        it.throttle_time_ms
    });
    check::<k::FindCoordinatorRequest, k::FindCoordinatorResponse>(ApiKey::FindCoordinator, 0..=6, 1, |it| {
        it.throttle_time_ms
    });
    check::<k::SyncGroupRequest, k::SyncGroupResponse>(ApiKey::SyncGroup, 0..=5, 1, |it| it.throttle_time_ms);
    check::<k::HeartbeatRequest, k::HeartbeatResponse>(ApiKey::Heartbeat, 0..=4, 1, |it| it.throttle_time_ms);
    check::<k::LeaveGroupRequest, k::LeaveGroupResponse>(ApiKey::LeaveGroup, 0..=5, 1, |it| {
        it.throttle_time_ms
    });
    check::<k::InitProducerIdRequest, k::InitProducerIdResponse>(ApiKey::InitProducerId, 0..=5, 0, |it| {
        it.throttle_time_ms
    });
    check::<k::ConsumerGroupHeartbeatRequest, k::ConsumerGroupHeartbeatResponse>(
        ApiKey::ConsumerGroupHeartbeat,
        0..=1,
        0,
        |it| it.throttle_time_ms,
    );
    check::<k::AddPartitionsToTxnRequest, k::AddPartitionsToTxnResponse>(
        ApiKey::AddPartitionsToTxn,
        0..=5,
        0,
        |it| it.throttle_time_ms,
    );
    check::<k::AddOffsetsToTxnRequest, k::AddOffsetsToTxnResponse>(ApiKey::AddOffsetsToTxn, 0..=4, 0, |it| {
        it.throttle_time_ms
    });
    check::<k::EndTxnRequest, k::EndTxnResponse>(ApiKey::EndTxn, 0..=5, 0, |it| it.throttle_time_ms);
    check::<k::TxnOffsetCommitRequest, k::TxnOffsetCommitResponse>(ApiKey::TxnOffsetCommit, 0..=5, 0, |it| {
        it.throttle_time_ms
    });
}

#[test]
fn joins_are_throttled() {
    for version in 0..=9 {
        let name = (version < 7).then(Default::default);
        let answered = k::JoinGroupResponse::default().with_protocol_name(name);
        let exchange = exchange(ApiKey::JoinGroup, version, &k::JoinGroupRequest::default(), &answered);
        match throttled(&exchange) {
            Ok(frame) => assert_eq!(decoded::<k::JoinGroupResponse>(&frame, version).throttle_time_ms, 1234),
            Err(reason) => assert!(version < 2, "{reason}"),
        }
    }
}

#[test]
fn produce_is_throttled_at_its_end() {
    for exchange in produce_tests::exchanges() {
        let version = i16::from_be_bytes([exchange.request[6], exchange.request[7]]);
        let before: k::ProduceResponse = decoded(&exchange.answer, version);
        let after: k::ProduceResponse = decoded(&throttled(&exchange).unwrap(), version);
        assert_eq!(after, before.with_throttle_time_ms(1234));
    }
}

#[test]
fn where_no_throttle_time_is_known_nothing_changes() {
    let exchange = Exchange { request: request(36, 0, 1, b"x"), answer: answer(1, b"token") };
    let reason = throttled(&exchange).unwrap_err();
    assert_eq!(reason, "where the answer to SaslAuthenticate has a throttle time is not known here");
}
