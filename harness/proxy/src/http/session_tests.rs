//! What is read of HTTP, in any pieces, and that it passes as it came.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::testing::{Downstream, Out, TOLD, Upstream, conversation, line, session, told};
use crate::reader::Reader;
use crate::toxic::Direction;

const BOTH: &[&str] = &["http-request", "http-answered"];

/// All that was said in each direction.
fn whole(said: &[(Direction, Vec<u8>)]) -> Out {
    let mut whole = Out::default();
    for (direction, bytes) in said {
        whole.went(*direction, &[bytes.clone().into()]);
    }
    whole
}

fn say(session: &mut dyn Reader, direction: Direction, bytes: &[u8]) {
    assert_eq!(crate::testing::pass(session, direction, bytes), bytes);
}

#[test]
fn a_conversation_is_read() {
    let mut session = session(&[]);
    for (direction, bytes) in conversation() {
        say(&mut session, direction, &bytes);
        assert_eq!(session.blind(), None);
    }
    assert_eq!(told(&mut session), TOLD);
}

#[test]
fn bytes_pass_at_once() {
    let mut session = session(&[]);
    for (direction, bytes) in conversation() {
        for byte in bytes {
            say(&mut session, direction, &[byte]);
        }
    }
}

#[test]
fn a_request_is_told_with_the_last_byte_of_its_head() {
    let mut session = session(&[]);
    say(&mut session, Upstream, b"POST /a HTTP/1.1\r\ncontent-length: 9\r\n\r");
    assert_eq!(told(&mut session), [""; 0]);
    say(&mut session, Upstream, b"\n");
    assert_eq!(told(&mut session), ["1 POST /a"]);
    // An answer may come before the request is through.
    say(&mut session, Downstream, b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(told(&mut session), ["1 POST /a: 413"]);
    say(&mut session, Upstream, b"123456789GET / HTTP/1.1\r\n\r\n");
    assert_eq!((told(&mut session), session.blind()), (vec!["2 GET /".to_owned()], None));
}

#[test]
fn nothing_is_read_behind_a_switch() {
    for (request, answer) in [
        ("GET /live HTTP/1.1\r\nupgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ("CONNECT a:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        let mut session = session(&[]);
        say(&mut session, Upstream, request.as_bytes());
        say(&mut session, Downstream, &[answer.as_bytes(), b"\x81\x05hello"].concat());
        say(&mut session, Upstream, b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(session.blind().as_deref(), Some("server: it has switched to another protocol"));
        assert_eq!(told(&mut session).len(), 2);
    }
    // Refused, it goes on as before.
    let mut session = session(&[]);
    say(&mut session, Upstream, b"GET /live HTTP/1.1\r\nupgrade: websocket\r\n\r\n");
    say(&mut session, Downstream, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    say(&mut session, Upstream, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!((told(&mut session).len(), session.blind()), (3, None));
}

#[test]
fn what_is_not_understood_passes_and_is_said_once() {
    let long = [b"GET / HTTP/1.1\r\nx: ".to_vec(), vec![b'x'; 64 * 1024]].concat();
    let asked = b"GET / HTTP/1.1\r\n\r\n".repeat(1025);
    let cases: [(Direction, &[u8], &str); 8] = [
        (Upstream, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "client: "),
        (Upstream, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "client: "),
        (Upstream, b"EHLO example\r\n", "client: "),
        (Upstream, &long, "client: more than 65536 bytes before a body"),
        (Upstream, &asked, "client: more than 1024 requests without an answer"),
        (Downstream, b"HTTP/1.1 408 Request Timeout\r\n\r\n", "server: it speaks without being asked"),
        (Downstream, b"220 mail.example ESMTP\r\n", "server: it speaks without being asked"),
        (Downstream, b"x", "server: it speaks without being asked"),
    ];
    for (direction, bytes, expected) in cases {
        for wants in [&[], BOTH] {
            let (mut session, mut out) = (session(wants), Out::default());
            out.say(&mut session, direction, bytes, |_| None);
            let reason = session.blind().unwrap();
            assert!(reason.starts_with(expected), "{reason}");
            for (direction, bytes) in conversation() {
                out.say(&mut session, direction, &bytes, |_| None);
            }
            let mut said = vec![(direction, bytes.to_vec())];
            said.extend(conversation());
            out.held = 0;
            assert_eq!(out, whole(&said));
            assert_eq!(session.blind(), None);
        }
    }
}

#[test]
fn an_answer_that_makes_no_sense() {
    let mut session = session(&[]);
    say(&mut session, Upstream, b"GET / HTTP/1.1\r\n\r\n");
    say(&mut session, Downstream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxyz");
    assert_eq!(session.blind().as_deref(), Some("server: a chunk is longer than it says"));
    assert_eq!(told(&mut session).len(), 2);
}

#[test]
fn a_message_that_is_held_is_held_whole_and_told_when_it_is() {
    let (mut session, mut out, mut held) = (session(BOTH), Out::default(), Vec::new());
    for (direction, bytes) in conversation() {
        for byte in bytes {
            out.say(&mut session, direction, &[byte], |message| {
                held.push((direction, line(&message.about[0]), message.bytes.clone()));
                None
            });
        }
    }
    out.held = 0;
    assert_eq!(out, whole(&conversation()));
    assert_eq!((told(&mut session), session.blind()), (vec![], None));
    let about: Vec<&str> = held.iter().map(|(_, about, _)| about.as_str()).collect();
    assert_eq!(about, TOLD);
    assert_eq!(held[5].2, "PUT /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nGET");
    assert!(held[2].2.ends_with(b"0\r\nA: b\r\n\r\n"));
    // One that ends with its connection is not waited for.
    assert_eq!(held[13].2, "HTTP/1.0 200 OK\r\n\r\n");
}

#[test]
fn what_is_kept_is_let_go_when_no_more_comes() {
    let half: (&[u8], &[u8]) = (
        b"PUT /a HTTP/1.1\r\ncontent-length: 9\r\n\r\n1234",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1",
    );
    let (mut session, mut out) = (session(BOTH), Out::default());
    out.say(&mut session, Upstream, half.0, |_| None);
    assert_eq!((out.up.len(), told(&mut session).len()), (0, 0));
    let mut rest = Vec::new();
    session.ended(Upstream, &mut rest);
    assert_eq!((rest.concat(), told(&mut session)), (half.0.to_vec(), vec!["1 PUT /a".to_owned()]));
    out.say(&mut session, Downstream, half.1, |_| None);
    rest.clear();
    session.ended(Downstream, &mut rest);
    assert_eq!((rest.concat(), told(&mut session)), (half.1.to_vec(), vec!["1 PUT /a: 200".to_owned()]));
    assert_eq!((out, session.blind()), (Out::default(), None));
}

/// Says a conversation, in pieces of this size.
fn said(wants: &'static [&'static str], said: &[(Direction, Vec<u8>)], piece: usize) -> (Out, Vec<String>) {
    let (mut session, mut out, mut held) = (session(wants), Out::default(), Vec::new());
    for (direction, bytes) in said {
        for bytes in bytes.chunks(piece) {
            out.say(&mut session, *direction, bytes, |message| {
                held.extend(message.about.iter().map(line));
                None
            });
            held.extend(told(&mut session));
        }
    }
    for direction in [Upstream, Downstream] {
        let mut rest = Vec::new();
        session.ended(direction, &mut rest);
        out.went(direction, &rest);
    }
    (out, held)
}

const WANTS: [&[&str]; 4] = [&[], &["http-request"], &["http-answered"], BOTH];

proptest! {
    #[test]
    fn a_conversation_in_any_pieces(piece in 1usize..200, wants in 0usize..4) {
        let (out, told) = said(WANTS[wants], &conversation(), piece);
        prop_assert_eq!(told, TOLD);
        prop_assert_eq!((out.up, out.down), (whole(&conversation()).up, whole(&conversation()).down));
    }

    #[test]
    fn a_damaged_conversation_passes(
        damages in prop::collection::vec((0usize..60, any::<prop::sample::Index>(), any::<u8>()), 1..8),
        piece in 1usize..200,
        wants in 0usize..4,
    ) {
        let mut damaged = conversation();
        for (which, at, byte) in damages {
            let count = damaged.len();
            let bytes = &mut damaged[which % count].1;
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (out, _) = said(WANTS[wants], &damaged, piece);
        prop_assert_eq!((out.up, out.down), (whole(&damaged).up, whole(&damaged).down));
    }

    #[test]
    fn noise_passes(
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 1..300)), 1..20),
        wants in 0usize..4,
    ) {
        let mut noise = vec![(Upstream, b"GET / HTTP/1.1\r\n\r\n".to_vec())];
        noise.extend(pieces.into_iter().map(|(up, bytes)| (if up { Upstream } else { Downstream }, bytes)));
        let (out, _) = said(WANTS[wants], &noise, 1000);
        prop_assert_eq!((out.up, out.down), (whole(&noise).up, whole(&noise).down));
    }
}
