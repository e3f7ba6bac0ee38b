//! A session fed with frames, whole and in pieces, with Kafka and without.
#![allow(clippy::unwrap_used)]

use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::metadata_response::MetadataResponseBroker;
use kafka_protocol::messages::{
    MetadataResponse, ProduceRequest, ProduceResponse, RequestHeader, TransactionalId,
};
use kafka_protocol::protocol::{Encodable, StrBytes};
use proptest::prelude::*;

use super::testing::{down, end, frame, session, told, up};
use crate::reader::Reader;

pub(super) fn request(api_key: i16, version: i16, correlation_id: i32, body: &[u8]) -> Vec<u8> {
    let header = RequestHeader::default()
        .with_request_api_key(api_key)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id)
        .with_client_id(Some(StrBytes::from_static_str("test")));
    let mut bytes = BytesMut::new();
    let flexible = match api_key {
        0 => version >= 9,
        3 => version >= 9,
        _ => false,
    };
    header.encode(&mut bytes, if flexible { 2 } else { 1 }).unwrap();
    bytes.put_slice(body);
    frame(&bytes)
}

pub(super) fn answer(correlation_id: i32, body: &[u8]) -> Vec<u8> {
    frame(&[&correlation_id.to_be_bytes(), body].concat())
}

fn metadata(host: &'static str, port: i32) -> Vec<u8> {
    let broker = MetadataResponseBroker::default().with_host(StrBytes::from_static_str(host)).with_port(port);
    let mut bytes = BytesMut::from(&[0][..]);
    MetadataResponse::default().with_brokers(vec![broker]).encode(&mut bytes, 12).unwrap();
    bytes.to_vec()
}

pub(super) fn produce(version: i16, acks: i16) -> Vec<u8> {
    let mut body = BytesMut::new();
    let id = Some(TransactionalId(StrBytes::from_static_str("tx")));
    ProduceRequest::default().with_transactional_id(id).with_acks(acks).encode(&mut body, version).unwrap();
    body.to_vec()
}

fn produced() -> Vec<u8> {
    let mut bytes = BytesMut::from(&[0][..]);
    ProduceResponse::default().encode(&mut bytes, 9).unwrap();
    bytes.to_vec()
}

/// Requests, the answers to them, and what a client is to get.
pub(super) fn conversation() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut requests = Vec::new();
    let mut answers = Vec::new();
    let mut expected = Vec::new();
    let long = vec![9; 5000];
    requests.extend(request(3, 12, 1, &[0; 9]));
    answers.extend(answer(1, &metadata("kafka.example", 9092)));
    expected.extend(answer(1, &metadata("127.0.0.1", 41_000)));
    for (id, version) in [(2, 7), (3, 9)] {
        // Not answered: whoever waited for it would be confused by the answer to the next.
        requests.extend(request(0, version, id, &produce(version, 0)));
    }
    for (api_key, id, body) in [(0, 4, &produced()[..]), (22, 5, &[]), (22, 6, b"x")] {
        requests.extend(request(api_key, 9 * i16::from(id == 4), id, &produce(9, -1)));
        answers.extend(answer(id, body));
        expected.extend(answer(id, body));
    }
    requests.extend(request(999, 42, 7, &long));
    answers.extend(answer(7, &long));
    expected.extend(answer(7, &long));
    requests.extend(request(3, 12, 8, &[0; 9]));
    answers.extend(answer(8, &metadata("k", 1)));
    expected.extend(answer(8, &metadata("127.0.0.1", 41_000)));
    (requests, answers, expected)
}

proptest! {
    #[test]
    fn a_conversation_in_any_pieces(piece_up in 1usize..700, piece_down in 1usize..700) {
        let (requests, answers, expected) = conversation();
        let mut session = session();
        for piece in requests.chunks(piece_up) {
            prop_assert_eq!(up(&mut session, piece), piece);
        }
        let mut got = Vec::new();
        for piece in answers.chunks(piece_down) {
            got.extend(down(&mut session, piece));
        }
        prop_assert_eq!(session.blind(), None);
        prop_assert!(got == expected);
        prop_assert!(end(&mut session).is_empty());
    }

    #[test]
    fn arbitrary_bytes_pass_unchanged(
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 0..20),
    ) {
        let mut session = session();
        let (mut sent, mut got) = (Vec::<u8>::new(), Vec::<u8>::new());
        for (is_up, piece) in pieces {
            if is_up {
                prop_assert_eq!(up(&mut session, &piece), piece);
            } else {
                sent.extend(&piece);
                got.extend(down(&mut session, &piece));
            }
        }
        got.extend(end(&mut session));
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn a_mutated_conversation_neither_panics_nor_loses_bytes_elsewhere(
        at in any::<prop::sample::Index>(), bit in 0u8..8, in_answers in any::<bool>(), piece in 1usize..2000,
    ) {
        let (mut requests, mut answers, _) = conversation();
        let target = if in_answers { &mut answers } else { &mut requests };
        let at = at.index(target.len());
        target[at] ^= 1 << bit;
        let mut session = session();
        for piece in requests.chunks(piece) {
            prop_assert_eq!(up(&mut session, piece), piece);
        }
        let mut got = Vec::new();
        for piece in answers.chunks(piece) {
            got.extend(down(&mut session, piece));
        }
        got.extend(end(&mut session));
        // Two rewritten hosts at most differ in length: 13 and 1 bytes become 9.
        prop_assert!(got.len() + 13 >= answers.len() && got.len() <= answers.len() + 13);
    }

    #[test]
    fn an_answer_of_arbitrary_bytes_is_rewritten_or_passes_unchanged(
        api_key in prop::sample::select(vec![3i16, 10, 18, 60]),
        version in 0i16..15,
        body in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff), any::<u8>()], 0..300),
    ) {
        let mut session = session();
        up(&mut session, &request(api_key, version, 1, &[0; 16]));
        let sent = answer(1, &body);
        let got = down(&mut session, &sent);
        if session.blind().is_some() {
            prop_assert_eq!(got, sent);
        } else {
            prop_assert_eq!(&got[4..8], &sent[4..8]);
            prop_assert_eq!(got.len(), 4 + u32::from_be_bytes([got[0], got[1], got[2], got[3]]) as usize);
        }
    }
}

#[test]
fn other_protocols_are_told_apart() {
    for hello in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0\0\0\x01x"]
    {
        let mut session = session();
        assert_eq!(up(&mut session, hello), hello);
        let reason = session.blind().unwrap();
        assert!(reason.starts_with("client: "), "{reason}");
        assert_eq!(down(&mut session, b"HTTP/1.1 200 OK"), b"HTTP/1.1 200 OK");
        assert_eq!(session.blind(), None);
    }
    // A server that speaks first, as MySQL does.
    let mut session = session();
    let greeting = b"\x4a\0\0\0\x0a8.0.36\0";
    assert_eq!(down(&mut session, greeting), greeting);
    assert!(session.blind().unwrap().starts_with("server: "));
}

#[test]
fn a_frame_that_is_not_changed_is_not_held() {
    let mut session = session();
    up(&mut session, &request(22, 0, 1, &[]));
    let length = 100_000_000u32.to_be_bytes();
    let start = [&length[..], &1i32.to_be_bytes(), &[7; 1000]].concat();
    assert_eq!(down(&mut session, &start), start);
    assert_eq!(session.blind(), None);
}

#[test]
fn an_answer_to_an_unknown_version_blinds_and_passes() {
    let mut session = session();
    up(&mut session, &request(3, 14, 1, &[0; 9]));
    let sent = answer(1, &metadata("kafka.example", 9092));
    assert_eq!(down(&mut session, &sent), sent);
    let reason = session.blind().unwrap();
    assert_eq!(reason, "server: an answer to Metadata version 14 cannot be read: its version is not known");
}

#[test]
fn a_lying_length_costs_nothing() {
    // Two thousand million brokers.
    let mut session = session();
    up(&mut session, &request(3, 12, 1, &[0; 9]));
    let sent = answer(1, &[0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07]);
    assert_eq!(down(&mut session, &sent), sent);
    assert!(session.blind().is_some());
}

#[test]
fn a_version_that_cannot_be_read_blinds_and_passes() {
    for (api_key, version, name) in [(8, 10, "OffsetCommit"), (0, 2, "Produce"), (11, 10, "JoinGroup")] {
        let mut session = session();
        let sent = request(api_key, version, 1, &[0; 40]);
        assert_eq!(up(&mut session, &sent), sent);
        let reason = session.blind().unwrap();
        let expected =
            format!("client: a request {name} version {version} cannot be read: its version is not known");
        assert_eq!(reason, expected);
        assert_eq!(up(&mut session, &sent), sent);
        assert!(told(&mut session).is_empty());
    }
}

#[test]
fn what_is_too_long_to_be_copied_blinds_and_passes() {
    let mut session = session();
    let sent = request(8, 9, 1, &vec![0; 1024 * 1024]);
    assert_eq!(up(&mut session, &sent), sent);
    let reason = session.blind().unwrap();
    assert!(reason.ends_with("cannot be read: it is longer than what is held here"), "{reason}");
}

#[test]
fn what_is_kept_of_unanswered_requests_is_bounded() {
    let mut session = session();
    // Heartbeats with a group's name of 30,000 bytes.
    let mut body = BytesMut::new();
    body.put_i16(30_000);
    body.put_bytes(b'g', 30_000);
    body.put_slice(&[0; 6]);
    for id in 0..558 {
        up(&mut session, &request(12, 0, id, &body));
    }
    assert_eq!(session.blind(), None);
    up(&mut session, &request(12, 0, 558, &body));
    let reason = session.blind().unwrap();
    assert_eq!(reason, "client: requests without an answer of more than 16777216 bytes");
}
