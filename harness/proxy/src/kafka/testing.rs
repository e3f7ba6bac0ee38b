//! A session fed with frames, for tests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Encodable, HeaderVersion, StrBytes};

use super::addresses::BrokerAddresses;
use super::event::{KafkaEvent, KafkaSaid};
use super::session::Session;
use crate::event::{LinkEvent, Observer};
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::Reader;
use crate::testing::{no_gate, pass};
use crate::toxic::Direction;
use crate::wire::Wire;

/// A request's frame and its answer's.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) request: Vec<u8>,
    pub(super) answer: Vec<u8>,
}

pub(super) fn session() -> Session {
    Session::new(BrokerAddresses::all_at("127.0.0.1:41000".parse().unwrap()), no_gate())
}

pub(super) fn frame(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes(), content].concat()
}

/// Of a client that calls itself `test`.
pub(super) fn exchange<Q, A>(key: ApiKey, version: i16, request: &Q, answer: &A) -> Exchange
where
    Q: Encodable + HeaderVersion,
    A: Encodable + HeaderVersion,
{
    let header = RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_correlation_id(5)
        .with_client_id(Some(StrBytes::from_static_str("test")));
    let mut up = BytesMut::new();
    header.encode(&mut up, Q::header_version(version)).unwrap();
    request.encode(&mut up, version).unwrap();
    let mut down = BytesMut::new();
    ResponseHeader::default().with_correlation_id(5).encode(&mut down, A::header_version(version)).unwrap();
    answer.encode(&mut down, version).unwrap();
    Exchange { request: frame(&up), answer: frame(&down) }
}

pub(super) fn up(session: &mut Session, bytes: &[u8]) -> Vec<u8> {
    pass(session, Direction::Upstream, bytes)
}

pub(super) fn down(session: &mut Session, bytes: &[u8]) -> Vec<u8> {
    pass(session, Direction::Downstream, bytes)
}

pub(super) fn end(session: &mut Session) -> Vec<u8> {
    let mut out = Vec::new();
    session.ended(Direction::Downstream, &mut out);
    out.concat()
}

pub(super) fn told(session: &mut Session) -> Vec<KafkaEvent> {
    kafka(session.told())
}

/// What is told of an exchange that passes in pieces, or why the session went blind. The bytes pass as they are.
pub(super) fn tell(exchange: &Exchange, piece: usize) -> Result<Vec<KafkaEvent>, String> {
    let mut session = session();
    for piece in exchange.request.chunks(piece) {
        assert_eq!(up(&mut session, piece), piece);
    }
    let mut got = Vec::new();
    for piece in exchange.answer.chunks(piece) {
        got.extend(down(&mut session, piece));
    }
    got.extend(end(&mut session));
    assert_eq!(got, exchange.answer);
    match session.blind() {
        Some(reason) => Err(reason),
        None => Ok(told(&mut session)),
    }
}

/// Wants messages of these kinds held.
struct Wants(&'static [&'static str]);

impl Observer for Wants {
    fn observe(&self, _: LinkEvent) {}

    fn wants(&self, kind: &str) -> bool {
        self.0.contains(&kind)
    }
}

/// A session at a gate that wants messages of these kinds held.
pub(super) fn holding(kinds: &'static [&'static str]) -> Session {
    let gate = Arc::new(Gate::new(Arc::new(Wants(kinds))));
    Session::new(BrokerAddresses::all_at("127.0.0.1:41000".parse().unwrap()), gate)
}

/// Feeds a session as a lane does. What is held is decided about at once; returned is what comes out, and what was told.
pub(super) fn feed(
    session: &mut Session,
    direction: Direction,
    bytes: &[u8],
    decide: &mut dyn FnMut(&KafkaSaid) -> Option<Change>,
) -> (Vec<u8>, Vec<KafkaEvent>, Vec<Result<(), String>>) {
    let (mut bytes, mut out, mut all, mut done) =
        (Bytes::copy_from_slice(bytes), Vec::new(), Vec::new(), Vec::new());
    while let Some(held) = session.read(direction, &mut bytes, &mut out) {
        all.extend(told(session));
        let about = kafka(held.about.clone());
        let change = about.iter().find_map(|event| decide(&event.said));
        all.extend(about);
        done.push(session.release(direction, held, change.as_ref(), &mut out));
        all.extend(told(session));
    }
    assert!(bytes.is_empty());
    all.extend(told(session));
    (out.concat(), all, done)
}

fn kafka(wires: Vec<Wire>) -> Vec<KafkaEvent> {
    let kafka = |wire| if let Wire::Kafka(event) = wire { event } else { panic!("{wire:?}") };
    wires.into_iter().map(kafka).collect()
}
