//! Holding changes nothing; and answers that were made here go out in their turn.
#![allow(clippy::unwrap_used)]

use kafka_protocol::messages::{ApiKey, HeartbeatRequest, HeartbeatResponse};
use proptest::prelude::*;

use super::event::{KafkaError, KafkaEvent, KafkaSaid};
use super::exchanges::{exchanges, group, text};
use super::produce_tests;
use super::session::Session;
use super::session_tests::{answer, conversation, request};
use super::testing::{Exchange, exchange, feed, holding, session};
use crate::fault::Change;
use crate::reader::Reader;
use crate::toxic::Direction::{Downstream, Upstream};

/// Everything that there is to hold.
pub(super) const ALL: &[&str] = &[
    "kafka-request",
    "kafka-answered",
    "group-joined",
    "group-synced",
    "heartbeat-refused",
    "group-left",
    "group-heartbeat",
    "offset-commit",
    "produce-answered",
];

/// Feeds in pieces and passes all: what comes out up and down, and what is told.
fn passed(
    mut session: Session,
    up: &[u8],
    down: &[u8],
    piece: (usize, usize),
) -> (Vec<u8>, Vec<u8>, Vec<KafkaEvent>) {
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for (direction, bytes, piece) in [(Upstream, up, piece.0), (Downstream, down, piece.1)] {
        let mut out = Vec::new();
        for piece in bytes.chunks(piece) {
            let (came, told, done) = feed(&mut session, direction, piece, &mut |_| None);
            assert!(done.iter().all(Result::is_ok));
            out.extend(came);
            all.2.extend(told);
        }
        let mut rest = Vec::new();
        session.ended(direction, &mut rest);
        out.extend(rest.concat());
        match direction {
            Upstream => all.0 = out,
            Downstream => all.1 = out,
        }
    }
    all
}

fn without_asked(told: Vec<KafkaEvent>) -> Vec<KafkaEvent> {
    let is_other =
        |event: &KafkaEvent| !matches!(event.said, KafkaSaid::Asked { .. } | KafkaSaid::Answered { .. });
    told.into_iter().filter(is_other).collect()
}

fn everything() -> Vec<Exchange> {
    exchanges().into_iter().map(|(exchange, _)| exchange).chain(produce_tests::exchanges()).collect()
}

proptest! {
    #[test]
    fn what_is_held_and_passes_is_what_streams(
        piece in (1usize..700, 1usize..700),
        kinds in prop::sample::select(vec![ALL, &["kafka-request"], &["kafka-answered"], &["offset-commit", "group-left"]]),
    ) {
        let mut both = conversation();
        for exchange in everything() {
            both.0.extend(&exchange.request);
            both.1.extend(&exchange.answer);
            both.2.extend(&exchange.answer);
        }
        let (up, down, expected) = both;
        let streamed = passed(session(), &up, &down, (1 << 20, 1 << 20));
        let held = passed(holding(kinds), &up, &down, piece);
        prop_assert!(held.0 == up && held.1 == expected);
        prop_assert_eq!(without_asked(held.2), streamed.2);
    }

    #[test]
    fn mutated_frames_pass_as_they_stream(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_answer in any::<bool>(),
        piece in (1usize..300, 1usize..300),
    ) {
        let mut exchange = which.get(&everything()).clone();
        let target = if in_answer { &mut exchange.answer } else { &mut exchange.request };
        for (at, byte) in changes {
            let at = at.index(target.len());
            target[at] = byte;
        }
        let held = passed(holding(ALL), &exchange.request, &exchange.answer, piece);
        prop_assert!(held.0 == exchange.request, "lost upstream");
        // One that asks where brokers are may have become of it.
        let is_rewritten = matches!(exchange.request[4..6], [0, 3 | 10 | 18 | 60]);
        prop_assert!(held.1 == exchange.answer || is_rewritten, "lost downstream");
    }
}

pub(super) fn heartbeat(code: i16) -> Exchange {
    let request = HeartbeatRequest::default().with_group_id(group()).with_member_id(text("m-1"));
    exchange(ApiKey::Heartbeat, 4, &request, &HeartbeatResponse::default().with_error_code(code))
}

#[test]
fn what_is_asked_and_answered_is_told_where_it_is_wanted() {
    let (Exchange { request, answer }, said) = super::exchanges::commits(9);
    let mut session = holding(&["kafka-request", "kafka-answered"]);
    let (_, told, _) = feed(&mut session, Upstream, &request, &mut |_| None);
    let about = |said| KafkaEvent { client: Some("test".into()), said };
    let (api, group, partitions) =
        ("OffsetCommit".into(), Some("g".into()), vec![("orders".into(), vec![0, 1])]);
    let asked = KafkaSaid::Asked { api, group, member: Some("m-1".into()), partitions };
    assert_eq!(told, [about(asked)]);
    let (_, told, _) = feed(&mut session, Downstream, &answer, &mut |_| None);
    let (api, group, partitions) =
        ("OffsetCommit".into(), Some("g".into()), vec![("orders".into(), vec![0, 1])]);
    let answered = KafkaSaid::Answered { api, group, partitions, error: KafkaError::of(25) };
    assert_eq!(told, said.into_iter().chain([answered]).map(about).collect::<Vec<_>>());

    // Of what is not read, the API and the client.
    let said =
        |told: Vec<KafkaEvent>| told.into_iter().map(|event| (event.client, event.said)).collect::<Vec<_>>();
    for (api_key, api) in [(22, "InitProducerId"), (999, "API 999")] {
        let (_, told, _) =
            feed(&mut session, Upstream, &super::session_tests::request(api_key, 0, 1, b"x"), &mut |_| None);
        let asked = KafkaSaid::Asked { api: api.into(), group: None, member: None, partitions: vec![] };
        assert_eq!(said(told), [(Some("test".into()), asked)]);
        let (_, told, _) =
            feed(&mut session, Downstream, &super::session_tests::answer(1, b"x"), &mut |_| None);
        let answered = KafkaSaid::Answered { api: api.into(), group: None, partitions: vec![], error: None };
        assert_eq!(said(told), [(Some("test".into()), answered)]);
    }
}

#[test]
fn only_what_is_wanted_is_held() {
    let mut session = holding(&["offset-commit"]);
    let (commit, _) = super::exchanges::commits(9);
    let first = heartbeat(27);
    let up = [&first.request[..], &commit.request, &first.request].concat();
    assert_eq!(super::testing::up(&mut session, &up), up);
    let down = [&first.answer[..], &commit.answer, &first.answer].concat();
    let (mut bytes, mut out) = (down.clone().into(), Vec::new());
    let held = session.read(Downstream, &mut bytes, &mut out).unwrap();
    assert_eq!(
        (out.concat(), &held.bytes[..], &bytes[..]),
        (first.answer.clone(), &commit.answer[..], &first.answer[..])
    );
    assert_eq!((held.about.len(), session.told().len()), (2, 1));
    let mut out = Vec::new();
    session.release(Downstream, held, None, &mut out).unwrap();
    assert!(session.read(Downstream, &mut bytes, &mut out).is_none());
    assert_eq!(out.concat(), [commit.answer, first.answer].concat());
    // A heartbeat that was granted is not told: it does not wait either.
    let mut session = holding(&["heartbeat-refused"]);
    let Exchange { request, answer } = heartbeat(0);
    super::testing::up(&mut session, &request);
    assert_eq!(super::testing::down(&mut session, &answer), answer);
}

#[test]
fn a_frame_too_long_to_be_held_passes() {
    let mut session = holding(ALL);
    let length = (100 * 1024 * 1024 + 1u32).to_be_bytes();
    let body = request(22, 0, 1, &[7; 1000]);
    let up = [&length[..], &body[4..]].concat();
    for piece in up.chunks(3) {
        let (_, told, done) = feed(&mut session, Upstream, piece, &mut |_| None);
        assert!(told.is_empty() && done.is_empty());
    }
    let mut session = holding(ALL);
    assert_eq!(super::testing::up(&mut session, &up), up);
    let down = [&length[..], &answer(1, &[7; 1000])[4..]].concat();
    assert_eq!(super::testing::down(&mut session, &down), down);
    assert_eq!(session.blind(), None);
}

#[test]
fn a_request_that_waits_when_the_session_goes_blind_goes_on() {
    let mut session = holding(&["kafka-request"]);
    let Exchange { request, .. } = heartbeat(0);
    let (mut bytes, mut out) = (request.clone().into(), Vec::new());
    let held = session.read(Upstream, &mut bytes, &mut out).unwrap();
    assert_eq!(super::testing::down(&mut session, b"\0\0\0\x04\0\0\0\x01"), b"\0\0\0\x04\0\0\0\x01");
    assert!(session.blind().is_some());
    let error = session.release(Upstream, held, Some(&Change::KafkaError(25)), &mut out).unwrap_err();
    assert_eq!((out.concat(), &error[..]), (request, "what passes is no longer understood"));
}
