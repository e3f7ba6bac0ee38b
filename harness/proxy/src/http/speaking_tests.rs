//! Answers that a link gives by itself, in their turn.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::testing::{Downstream, Out, Upstream, line, session, told};
use crate::fault::Change;
use crate::reader::{Held, Reader};

const REFUSED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Refuses what is about this path.
fn refuse(path: &'static str) -> impl FnMut(&Held) -> Option<Change> {
    move |held| line(&held.about[0]).contains(path).then_some(Change::HttpStatus(503))
}

#[test]
fn a_refused_request_is_answered_in_its_turn() {
    let (mut session, mut out) = (session(&["http-request"]), Out::default());
    let pipelined =
        b"GET /a HTTP/1.1\r\n\r\nPUT /no HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /c HTTP/1.1\r\n\r\n\
        GET /no HTTP/1.1\r\nconnection: close\r\n\r\n";
    out.say(&mut session, Upstream, pipelined, refuse("/no"));
    assert_eq!(out.up, b"GET /a HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n");
    assert_eq!((out.down.len(), out.held), (0, 4));
    let answers = ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na", "HTTP/1.1 204 No Content\r\n\r\n"];
    out.say(&mut session, Downstream, answers.concat().as_bytes(), |_| None);
    let closing = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let expected = [answers[0].as_bytes(), REFUSED, answers[1].as_bytes(), closing.as_bytes()].concat();
    assert_eq!(String::from_utf8(out.down), String::from_utf8(expected));
    assert_eq!(told(&mut session), ["1 GET /a: 200", "3 GET /c: 204"]);
    assert_eq!(session.blind(), None);
}

#[test]
fn a_long_request_is_refused_before_it_is_whole_and_the_rest_goes_nowhere() {
    let body = vec![b'x'; 3 * 1024 * 1024];
    let head = format!("PUT /no HTTP/1.1\r\ncontent-length: {}\r\n\r\n", body.len());
    let next = b"GET /a HTTP/1.1\r\n\r\n";
    for piece in [1000, 1 << 30] {
        let (mut session, mut out) = (session(&["http-request"]), Out::default());
        for bytes in [head.as_bytes(), &body, next].concat().chunks(piece) {
            out.say(&mut session, Upstream, bytes, |held| {
                assert!(held.bytes.len() <= 1024 * 1024 + 64 * 1024);
                refuse("/no")(held)
            });
        }
        assert_eq!((&out.up[..], &out.down[..], out.held), (&next[..], REFUSED, 2));
    }
    // Let go, it streams behind.
    let (mut session, mut out) = (session(&["http-request"]), Out::default());
    let whole = [head.as_bytes(), &body, next].concat();
    out.say(&mut session, Upstream, &whole, |_| None);
    assert!(out.up == whole && out.held == 2);
}

#[test]
fn a_replaced_answer_goes_nowhere() {
    let long = vec![b'x'; 3 * 1024 * 1024];
    let long =
        [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", long.len()).into_bytes(), long].concat();
    let cases: [(&[u8], bool); 4] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", false),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", true),
        (&long, false),
    ];
    for (answer, closes) in cases {
        let (mut session, mut out) = (session(&["http-answered"]), Out::default());
        out.say(&mut session, Upstream, b"GET /no HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n", |_| None);
        let next = b"HTTP/1.1 204 No Content\r\n\r\n";
        for bytes in [answer, next].concat().chunks(100_000) {
            out.say(&mut session, Downstream, bytes, refuse("/no"));
        }
        let close = if closes { "connection: close\r\n\r\n" } else { "\r\n" };
        let expected = [&REFUSED[..REFUSED.len() - 2], close.as_bytes(), next].concat();
        assert_eq!(String::from_utf8_lossy(&out.down), String::from_utf8_lossy(&expected));
        assert_eq!((out.held, session.blind()), (2, None));
    }
}

#[test]
fn an_answer_that_ends_with_its_connection_is_replaced() {
    let (mut session, mut out) = (session(&["http-answered"]), Out::default());
    out.say(&mut session, Upstream, b"GET /no HTTP/1.1\r\n\r\n", |_| None);
    for bytes in [&b"HTTP/1.1 200 OK\r\n\r\nhel"[..], b"lo"] {
        out.say(&mut session, Downstream, bytes, refuse("/no"));
    }
    let expected = [&REFUSED[..REFUSED.len() - 2], b"connection: close\r\n\r\n"].concat();
    assert_eq!((out.down, out.held), (expected, 1));
}

#[test]
fn a_client_that_waits_is_told_to_continue_in_its_turn() {
    let waiting = b"PUT /no HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    let (mut session, mut out) = (session(&["http-request"]), Out::default());
    out.say(&mut session, Upstream, b"GET /a HTTP/1.1\r\n\r\n", |_| None);
    out.say(&mut session, Upstream, waiting, |_| None);
    assert_eq!(out.down, b"");
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    out.say(&mut session, Downstream, answer, |_| None);
    assert_eq!(out.down, [&answer[..], CONTINUE].concat());
    out.say(&mut session, Upstream, b"abc", refuse("/no"));
    assert_eq!(out.down, [&answer[..], CONTINUE, REFUSED].concat());
    assert_eq!(out.up, b"GET /a HTTP/1.1\r\n\r\n");

    // Let go, the server's own is not passed on.
    let mut out = Out::default();
    out.say(&mut session, Upstream, waiting, |_| None);
    out.say(&mut session, Upstream, b"abc", |_| None);
    out.say(&mut session, Downstream, &[CONTINUE, answer].concat(), |_| None);
    assert_eq!(out.down, [CONTINUE, answer].concat());
    assert_eq!(out.up, [&waiting[..], b"abc"].concat());
    assert_eq!(session.blind(), None);
}

#[test]
fn what_cannot_be_changed_goes_on() {
    let request = b"GET /live HTTP/1.1\r\nupgrade: x\r\n\r\n";
    let answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
    let mut session = session(&["http-request", "http-answered"]);
    let cases = [
        (Upstream, &request[..], Change::KafkaError(1), "not HTTP's"),
        (Upstream, &request[..], Change::HttpStatus(100), "from 200 to 999"),
        (Downstream, &answer[..], Change::HttpStatus(503), "switched to another protocol"),
        (Downstream, &b"more"[..], Change::HttpStatus(503), "never held"),
    ];
    for (direction, bytes, change, expected) in cases {
        let mut out = Vec::new();
        match session.read(direction, &mut Bytes::copy_from_slice(bytes), &mut out) {
            None => assert_eq!(expected, "never held"),
            Some(held) => {
                let error = session.release(direction, held, Some(&change), &mut out).unwrap_err();
                assert!(error.contains(expected), "{error}");
            }
        }
        assert_eq!(out.concat(), bytes);
    }
    assert_eq!(session.blind().as_deref(), Some("server: it has switched to another protocol"));
}
