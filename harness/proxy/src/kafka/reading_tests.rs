//! What is read, against the encoders of the kafka-protocol crate, in every version.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, OffsetCommitRequest,
    OffsetCommitResponse, SyncGroupRequest, SyncGroupResponse,
};
use proptest::prelude::*;

use super::event::{KafkaError, KafkaEvent, KafkaSaid};
use super::exchanges::{commits, exchanges, group, text, topic};
use super::fetch_walk::FetchWalk;
use super::testing::{Exchange, exchange, tell};
use super::{fetch_exchanges, produce_tests};

#[test]
fn every_version_is_read() {
    for (exchange, said) in exchanges() {
        let event = |said| KafkaEvent { client: Some("test".into()), said };
        let expected = said.into_iter().map(event).collect::<Vec<_>>();
        assert_eq!(tell(&exchange, 1 << 20), Ok(expected), "{exchange:?}");
    }
}

#[test]
fn a_group_heartbeat_without_news_is_not_told() {
    let told = |asked, answered, code, named: Option<&'static str>| {
        let request = ConsumerGroupHeartbeatRequest::default()
            .with_group_id(group())
            .with_member_id(text("m"))
            .with_member_epoch(asked);
        let answer = ConsumerGroupHeartbeatResponse::default()
            .with_error_code(code)
            .with_member_id(named.map(text))
            .with_member_epoch(answered);
        tell(&exchange(ApiKey::ConsumerGroupHeartbeat, 1, &request, &answer), 1 << 20).unwrap().len()
    };
    assert_eq!(told(3, 3, 0, None), 0);
    assert_eq!(told(3, 4, 0, None), 1);
    assert_eq!(told(3, 3, 110, None), 1);
    assert_eq!(told(-1, -1, 0, Some("m")), 1);
}

#[test]
fn an_assignment_of_another_kind_is_not_guessed() {
    let request = SyncGroupRequest::default().with_group_id(group());
    for assignment in [&b""[..], b"\0\0\x7f\xff\xff\xff", b"connect"] {
        let answer = SyncGroupResponse::default().with_assignment(Bytes::from_static(assignment));
        let told = tell(&exchange(ApiKey::SyncGroup, 5, &request, &answer), 1 << 20).unwrap();
        assert!(matches!(&told[0].said, KafkaSaid::Synced { assignment: None, .. }), "{told:?}");
    }
}

#[test]
fn an_answer_about_something_else_blinds() {
    let (Exchange { request, .. }, _) = commits(9);
    let partition = OffsetCommitResponsePartition::default().with_partition_index(5);
    let answer = OffsetCommitResponse::default().with_topics(vec![
        OffsetCommitResponseTopic::default().with_name(topic()).with_partitions(vec![partition]),
    ]);
    let Exchange { answer, .. } = exchange(ApiKey::OffsetCommit, 9, &OffsetCommitRequest::default(), &answer);
    assert_eq!(
        tell(&Exchange { request, answer }, 1 << 20).unwrap_err(),
        "server: an answer to OffsetCommit version 9 cannot be read: it answers something that was not asked"
    );
}

#[test]
fn errors_have_names() {
    assert_eq!(KafkaError::of(25).unwrap().to_string(), "error 25 UnknownMemberId");
    assert_eq!(KafkaError::of(0), None);
    assert_eq!(KafkaError::of(3000).unwrap().name(), "Unknown error code: 3000");
}

proptest! {
    #[test]
    fn what_is_read_does_not_depend_on_pieces(piece in 1usize..300) {
        for (exchange, said) in exchanges() {
            let told = tell(&exchange, piece).unwrap();
            prop_assert_eq!(told.into_iter().map(|event| event.said).collect::<Vec<_>>(), said);
        }
        for exchange in produce_tests::exchanges().into_iter().chain(fetch_exchanges::exchanges()) {
            prop_assert_eq!(tell(&exchange, piece), tell(&exchange, 1 << 20));
        }
    }

    #[test]
    fn what_is_held_of_a_mutated_fetch_is_bounded(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        piece in 1usize..300,
    ) {
        let exchanges = fetch_exchanges::exchanges();
        let at = which.index(exchanges.len());
        // Six codecs for each version from 4 on.
        let version = 4 + (at / fetch_exchanges::CODECS.len()) as i16;
        let mut answer = exchanges[at].answer[8..].to_vec();
        for (at, byte) in changes {
            *at.get_mut(&mut answer) = byte;
        }
        let mut walk = FetchWalk::new(version, Default::default());
        for piece in answer.chunks(piece) {
            let result = walk.read(piece);
            // One compressed batch and one element.
            prop_assert!(walk.held() <= (1 << 20) + (1 << 17), "{} bytes held", walk.held());
            if result.is_err() {
                break;
            }
        }
    }

    #[test]
    fn mutated_frames_pass_as_they_are_whatever_is_read_of_them(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        in_answer in any::<bool>(),
        piece in 1usize..300,
    ) {
        let mut all = exchanges().into_iter().map(|(exchange, _)| exchange).collect::<Vec<_>>();
        all.extend(produce_tests::exchanges());
        all.extend(fetch_exchanges::exchanges());
        let mut exchange = which.get(&all).clone();
        let target = if in_answer { &mut exchange.answer } else { &mut exchange.request };
        if let Some(cut) = cut {
            // Shorter, and the length says so.
            target.truncate(8 + cut.index(target.len() - 8));
            let length = target.len() as u32 - 4;
            target[..4].copy_from_slice(&length.to_be_bytes());
        }
        for (at, byte) in changes {
            // Not the length, nor the API.
            let at = 8 + at.index(target.len() - 7);
            if let Some(old) = target.get_mut(at) {
                *old = byte;
            }
        }
        let (whole, pieces) = (tell(&exchange, 1 << 20), tell(&exchange, piece));
        prop_assert_eq!(whole, pieces);
    }
}
