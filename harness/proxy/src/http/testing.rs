//! A conversation in HTTP/1.1, and what is to be read of it.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::Bytes;

use super::event::HttpEvent;
use super::session::Session;
use crate::event::{LinkEvent, Observer};
use crate::fault::Change;
use crate::gate::Gate;
use crate::reader::{Held, Reader};
use crate::toxic::Direction;
use crate::wire::Wire;

pub(super) use Direction::{Downstream, Upstream};

/// Wants messages of these kinds to be held.
pub(super) struct Wants(pub(super) &'static [&'static str]);

impl Observer for Wants {
    fn observe(&self, _: LinkEvent) {}

    fn wants(&self, kind: &str) -> bool {
        self.0.contains(&kind)
    }
}

pub(super) fn session(wants: &'static [&'static str]) -> Session {
    Session::new(Arc::new(Gate::new(Arc::new(Wants(wants)))))
}

/// What was told: a request's number, method and path; of an answer, its status too.
pub(super) fn told(session: &mut Session) -> Vec<String> {
    session.told().into_iter().map(|wire| line(&wire)).collect()
}

pub(super) fn line(wire: &Wire) -> String {
    match wire {
        Wire::Http(HttpEvent::Asked { request, method, path }) => format!("{request} {method} {path}"),
        Wire::Http(HttpEvent::Answered { request, method, path, status, .. }) => {
            format!("{request} {method} {path}: {status}")
        }
        other => panic!("{other:?}"),
    }
}

/// What came out of a session in both directions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) up: Vec<u8>,
    pub(super) down: Vec<u8>,
    /// How often something was held.
    pub(super) held: usize,
}

impl Out {
    /// Moves bytes through a session as a link does; what is held is changed so, and goes on.
    pub(super) fn say(
        &mut self,
        session: &mut Session,
        direction: Direction,
        bytes: &[u8],
        mut change: impl FnMut(&Held) -> Option<Change>,
    ) {
        let (mut bytes, mut out) = (Bytes::copy_from_slice(bytes), Vec::new());
        while let Some(held) = session.read(direction, &mut bytes, &mut out) {
            self.held += 1;
            let change = change(&held);
            session.release(direction, held, change.as_ref(), &mut out).unwrap();
        }
        assert!(bytes.is_empty());
        self.went(direction, &out);
        self.went(Downstream, &session.answers());
    }

    pub(super) fn went(&mut self, direction: Direction, out: &[Bytes]) {
        assert!(out.iter().all(|bytes| !bytes.is_empty()), "nothing went on, in a piece of its own");
        let lane = if direction == Upstream { &mut self.up } else { &mut self.down };
        lane.extend(out.concat());
    }
}

/// Requests and answers with every kind of body, pipelined and not.
pub(super) fn conversation() -> Vec<(Direction, Vec<u8>)> {
    let said: [(Direction, &[u8]); 12] = [
        (Upstream, b"GET /orders?window=w1&page=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
        (Downstream, b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
        (
            Upstream,
            b"POST /ship/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n",
        ),
        (Downstream, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"),
        (Downstream, b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
        (
            Upstream,
            b"\r\nHEAD / HTTP/1.1\r\n\r\nPUT /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nGETGET /b HTTP/1.1\r\n\r\n",
        ),
        (Downstream, b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
        (Upstream, b"DELETE /c HTTP/1.1\r\n\r\n"),
        (Downstream, b"HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 500\r\ncontent-length: 0\r\n\r\n"),
        (Upstream, b"GET /old HTTP/1.0\r\n\r\n"),
        (Downstream, b"HTTP/1.0 200 OK\r\n\r\nall that comes\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
        (Downstream, b"and more"),
    ];
    said.into_iter().map(|(direction, bytes)| (direction, bytes.to_vec())).collect()
}

pub(super) const TOLD: [&str; 14] = [
    "1 GET /orders?window=w1&page=1",
    "1 GET /orders?window=w1&page=1: 200",
    "2 POST /ship/1",
    "2 POST /ship/1: 201",
    "3 HEAD /",
    "4 PUT /a",
    "5 GET /b",
    "3 HEAD /: 200",
    "4 PUT /a: 204",
    "6 DELETE /c",
    "5 GET /b: 304",
    "6 DELETE /c: 500",
    "7 GET /old",
    "7 GET /old: 200",
];
