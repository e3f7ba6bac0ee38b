//! A session fed with frames, whole, in pieces and damaged, with MySQL and without.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::conversation::{CLAIMED, Conversation, DEPRECATE_EOF, greeting, login, packet, sql_error};
use super::event::MysqlEvent;
use super::session::Session;
use crate::reader::Reader;
use crate::testing::{no_gate, pass};
use crate::toxic::Direction;
use crate::wire::Wire;

/// TLS, both compressions, attributes, optional metadata, progress.
const HIDING: u32 = 0x2e00_0820;
/// The greeting and the login are changed within their first bytes.
const CHANGED: (usize, usize) = (300, 36);

fn fresh() -> Session {
    Session::new(no_gate())
}

fn say(session: &mut Session, direction: Direction, bytes: &[u8]) -> Vec<u8> {
    pass(session, direction, bytes)
}

fn told(session: &mut Session) -> Vec<MysqlEvent> {
    let told = session.told().into_iter().map(|wire| match wire {
        Wire::Mysql(event) => event,
        other => panic!("{other:?}"),
    });
    told.collect()
}

/// A session that has logged in.
fn asking() -> Session {
    let mut session = fresh();
    say(&mut session, Direction::Downstream, &greeting(u32::MAX, 0));
    say(&mut session, Direction::Upstream, &login(CLAIMED, 0));
    say(&mut session, Direction::Downstream, &packet(2, b"\0\0\0\x02\0\0\0"));
    assert_eq!(told(&mut session).len(), 1);
    session
}

/// Whether bytes came through: all as they were, but for bits cleared at the beginning.
fn came_through(before: &[u8], after: &[u8], changed: usize) -> bool {
    let same =
        |(n, (before, after)): (usize, (&u8, &u8))| before == after || n < changed && after & !before == 0;
    before.len() == after.len() && before.iter().zip(after).enumerate().all(same)
}

#[test]
fn a_conversation_is_read() {
    for deprecates_eof in [false, true] {
        let conversation = Conversation::new(deprecates_eof);
        let mut session = fresh();
        for (n, (direction, bytes)) in conversation.said.iter().enumerate() {
            let out = say(&mut session, *direction, bytes);
            assert!(n < 2 || out == *bytes);
            assert_eq!(session.blind(), None, "at {n}");
        }
        assert_eq!(told(&mut session), conversation.expected);
    }
}

#[test]
fn what_would_hide_the_rest_is_not_offered_and_not_claimed() {
    let mut session = fresh();
    let out = say(&mut session, Direction::Downstream, &greeting(u32::MAX, u32::MAX));
    assert_eq!(out, greeting(!HIDING, 0));
    let out = say(&mut session, Direction::Upstream, &login(CLAIMED | HIDING | DEPRECATE_EOF, u32::MAX));
    assert_eq!(out, login(CLAIMED | DEPRECATE_EOF, 0));
    assert_eq!(session.blind(), None);
}

#[test]
fn a_client_that_insists_on_tls_is_not_read() {
    let mut session = fresh();
    say(&mut session, Direction::Downstream, &greeting(u32::MAX, 0));
    let request = packet(1, &[&(CLAIMED | 0x800).to_le_bytes()[..], &[0; 28]].concat());
    for bytes in [&request[..], b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"] {
        assert_eq!(say(&mut session, Direction::Upstream, bytes), bytes);
    }
    let reason = session.blind().unwrap();
    assert!(reason.starts_with("client: it insists on TLS"), "{reason}");
    assert_eq!(told(&mut session), []);
}

#[test]
fn a_login_that_fails_is_told() {
    let mut session = fresh();
    say(&mut session, Direction::Downstream, &packet(0, b"\xff\x10\x04Too many connections"));
    let error = sql_error(1040, "", "Too many connections");
    assert_eq!(told(&mut session), [MysqlEvent::LoginFailed { user: None, error }]);

    let mut session = fresh();
    say(&mut session, Direction::Downstream, &greeting(u32::MAX, 0));
    say(&mut session, Direction::Upstream, &login(CLAIMED, 0));
    say(&mut session, Direction::Downstream, &packet(2, b"\xff\x15\x04#28000Access denied"));
    let (user, error) = (Some("cook".to_owned()), sql_error(1045, "28000", "Access denied"));
    assert_eq!(told(&mut session), [MysqlEvent::LoginFailed { user, error }]);
    assert_eq!(session.blind(), None);
}

#[test]
fn a_binlog_stream_is_told_and_not_read() {
    let mut session = asking();
    say(&mut session, Direction::Upstream, &packet(0, b"\x12\x04\0\0\0\0\0\x07\0\0\0bin.01"));
    for bytes in [packet(1, b"\0event"), packet(2, b"\x42"), b"not even a packet".to_vec()] {
        assert_eq!(say(&mut session, Direction::Downstream, &bytes), bytes);
    }
    assert_eq!((told(&mut session), session.blind()), (vec![MysqlEvent::Replication], None));
}

#[test]
fn what_is_not_understood_passes_and_is_said_once() {
    let cases: [(Direction, Vec<u8>, &str); 5] = [
        (
            Direction::Upstream,
            packet(0, b"\xfa\x01\0\0\0"),
            "client: a request 0xfa, which is not known here",
        ),
        (Direction::Upstream, packet(0, b""), "client: an empty request"),
        (Direction::Upstream, packet(5, b"x"), "client: packet 5 of no request"),
        (
            Direction::Downstream,
            packet(1, b"\0\0\0\x02\0\0\0"),
            "server: an answer that nobody has asked for",
        ),
        (Direction::Downstream, packet(1, b""), "server: an empty packet"),
    ];
    for (direction, bytes, expected) in cases {
        let mut session = asking();
        assert_eq!(say(&mut session, direction, &bytes), bytes);
        assert_eq!(session.blind().as_deref(), Some(expected));
        for (direction, bytes) in Conversation::new(true).said {
            assert_eq!(say(&mut session, direction, &bytes), bytes);
        }
        assert_eq!((session.blind(), told(&mut session)), (None, vec![]));
    }
}

#[test]
fn other_protocols_pass_untouched() {
    let http = (b"GET / HTTP/1.1\r\nHost: a.very.long.name.example\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n");
    let mut session = fresh();
    assert_eq!(say(&mut session, Direction::Upstream, http.0), http.0);
    assert_eq!(say(&mut session, Direction::Downstream, http.1), http.1);
    assert_eq!(session.blind().as_deref(), Some("client: it speaks before the server has greeted"));

    let mut session = fresh();
    let smtp = b"220 mail.example ESMTP";
    assert_eq!(say(&mut session, Direction::Downstream, smtp), smtp);
    assert_eq!(say(&mut session, Direction::Upstream, http.0), http.0);
    let reason = session.blind().unwrap();
    assert!(reason.starts_with("server: what it begins with is no greeting"), "{reason}");
}

#[test]
fn requests_without_answers_are_bounded() {
    let mut session = asking();
    for _ in 0..2000 {
        say(&mut session, Direction::Upstream, &packet(0, b"\x0e"));
    }
    assert_eq!(session.blind().as_deref(), Some("client: more than 1024 requests without an answer"));
}

proptest! {
    #[test]
    fn a_conversation_in_any_pieces(piece in 1usize..200, deprecates_eof: bool) {
        let conversation = Conversation::new(deprecates_eof);
        let mut session = fresh();
        for (n, (direction, bytes)) in conversation.said.iter().enumerate() {
            let out: Vec<_> =
                bytes.chunks(piece).flat_map(|bytes| say(&mut session, *direction, bytes)).collect();
            prop_assert!(n < 2 || out == *bytes);
        }
        prop_assert_eq!(session.blind(), None);
        prop_assert_eq!(told(&mut session), conversation.expected);
    }

    #[test]
    fn a_damaged_conversation_passes(
        damages in prop::collection::vec((0usize..60, any::<prop::sample::Index>(), any::<u8>()), 1..8),
        piece in 1usize..5000,
    ) {
        let mut said = Conversation::new(piece % 2 == 0).said;
        for (which, at, byte) in damages {
            let count = said.len();
            let bytes = &mut said[which % count].1;
            let at = at.index(bytes.len().min(120));
            bytes[at] = byte;
        }
        let (mut session, mut before, mut after) = (fresh(), [vec![], vec![]], [vec![], vec![]]);
        for (direction, bytes) in said {
            let lane = usize::from(direction == Direction::Upstream);
            for bytes in bytes.chunks(piece) {
                before[lane].extend_from_slice(bytes);
                after[lane].extend(say(&mut session, direction, bytes));
            }
        }
        prop_assert!(came_through(&before[0], &after[0], CHANGED.0));
        prop_assert!(came_through(&before[1], &after[1], CHANGED.1));
    }

    #[test]
    fn noise_passes(pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..300)), 1..20)) {
        let mut session = asking();
        for (up, bytes) in pieces {
            let direction = if up { Direction::Upstream } else { Direction::Downstream };
            prop_assert_eq!(say(&mut session, direction, &bytes), bytes);
        }
    }
}
