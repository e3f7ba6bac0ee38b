//! Answers that were made here go out in their turn.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::event::{KafkaEvent, KafkaSaid};
use super::holding_tests::{ALL, heartbeat};
use super::session_tests::{answer as answer_of, request as request_of};
use super::testing::{Exchange, feed, holding};
use crate::fault::Change;
use crate::reader::Reader;
use crate::toxic::Direction::{Downstream, Upstream};

proptest! {
    #[test]
    fn refused_ones_are_answered_in_their_turn(
        refused in prop::collection::vec(any::<bool>(), 1..12),
        early in any::<prop::sample::Index>(),
        piece in (1usize..60, 1usize..60),
        kinds in prop::sample::select(vec![ALL, &["kafka-request"]]),
    ) {
        // Each request has an id of its own; some are refused, some answers come before the last requests.
        let mut session = holding(kinds);
        let early = early.index(refused.len());
        let (mut out, mut forwarded) = (Vec::new(), Vec::new());
        let mut answers = Vec::new();
        for (id, refused) in refused.iter().enumerate() {
            if id == early {
                for piece in std::mem::take(&mut answers).chunks(piece.1) {
                    let piece: &[u8] = piece;
                    out.extend(feed(&mut session, Downstream, piece, &mut |_| None).0);
                }
            }
            let Exchange { mut request, mut answer } = heartbeat(27 * i16::from(id % 2 == 0));
            request[8..12].copy_from_slice(&(id as i32).to_be_bytes());
            answer[4..8].copy_from_slice(&(id as i32).to_be_bytes());
            for piece in request.chunks(piece.0) {
                let change = refused.then_some(Change::KafkaError(25));
                let (came, _, done) = feed(&mut session, Upstream, piece, &mut |_| change.clone());
                prop_assert!(done.iter().all(Result::is_ok));
                forwarded.extend(came);
            }
            out.extend(session.answers().concat());
            if *refused {
                prop_assert!(forwarded.is_empty());
            } else {
                prop_assert_eq!(std::mem::take(&mut forwarded), request);
                answers.extend(answer);
            }
        }
        for piece in answers.chunks(piece.1) {
            out.extend(feed(&mut session, Downstream, piece, &mut |_| None).0);
        }
        prop_assert_eq!(session.blind(), None);
        let expected: Vec<u8> = refused.iter().enumerate().flat_map(|(id, refused)| {
            let code = if *refused { 25 } else { 27 * i16::from(id % 2 == 0) };
            let mut answer = heartbeat(code).answer;
            answer[4..8].copy_from_slice(&(id as i32).to_be_bytes());
            answer
        }).collect();
        prop_assert_eq!(out, expected);
    }
}

#[test]
fn a_refusal_waits_for_the_answer_that_is_under_way() {
    let mut session = holding(&["kafka-request", "heartbeat-refused"]);
    let Exchange { request, answer } = heartbeat(27);
    let refuse = &mut |_: &KafkaSaid| Some(Change::KafkaError(25));
    // Half an answer has been forwarded.
    feed(&mut session, Upstream, &request_of(22, 0, 1, &[]), &mut |_| None);
    let other = answer_of(1, b"12345678");
    assert_eq!(feed(&mut session, Downstream, &other[..10], &mut |_| None).0, other[..10]);
    assert!(feed(&mut session, Upstream, &request, refuse).0.is_empty());
    assert!(session.answers().is_empty());
    let (out, told, _) = feed(&mut session, Downstream, &other[10..], &mut |_| None);
    assert_eq!(out, [&other[10..], &heartbeat(25).answer].concat());
    assert!(
        matches!(&told[..], [KafkaEvent { said: KafkaSaid::HeartbeatRefused { error, .. }, .. }] if error.code() == 25),
        "{told:?}"
    );

    // An answer waits at the gate.
    feed(&mut session, Upstream, &request, &mut |_| None);
    let (mut bytes, mut out) = (answer.clone().into(), Vec::new());
    let held = session.read(Downstream, &mut bytes, &mut out).unwrap();
    assert!(feed(&mut session, Upstream, &request, refuse).0.is_empty());
    assert!(session.answers().is_empty() && out.is_empty());
    session.release(Downstream, held, None, &mut out).unwrap();
    assert_eq!(out.concat(), [answer, heartbeat(25).answer].concat());

    // Nothing waits.
    assert!(feed(&mut session, Upstream, &request, refuse).0.is_empty());
    assert_eq!(session.answers().concat(), heartbeat(25).answer);
    assert!(session.answers().is_empty());
    assert_eq!(session.blind(), None);
}
