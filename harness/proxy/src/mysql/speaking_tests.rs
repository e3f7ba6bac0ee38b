//! Statements that the link answers.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::conversation::{CLAIMED, greeting, login, packet, sql_error};
use super::event::MysqlEvent;
use super::session::Session;
use crate::fault::Change;
use crate::reader::{Held, Reader};
use crate::testing::{holding_gate, no_gate};
use crate::toxic::Direction::{self, Downstream, Upstream};
use crate::wire::Wire;
use bytes::Bytes;

const OK: &[u8] = b"\0\0\0\x03\0\0\0";
const ROLLBACK: &[u8] = b"\x03ROLLBACK AND NO CHAIN NO RELEASE";

fn mysql(what: Wire) -> MysqlEvent {
    match what {
        Wire::Mysql(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Lets bytes pass; what is held is let go at once. Returned is what comes out, and how often something was held.
pub(super) fn pass(
    session: &mut Session,
    direction: Direction,
    bytes: &[u8],
    told: &mut Vec<MysqlEvent>,
) -> (Vec<u8>, usize) {
    let (mut bytes, mut out, mut count) = (Bytes::copy_from_slice(bytes), Vec::new(), 0);
    while let Some(held) = session.read(direction, &mut bytes, &mut out) {
        count += 1;
        told.extend(session.told().into_iter().chain(held.about.clone()).map(mysql));
        assert!(!held.bytes.is_empty());
        session.release(direction, held, None, &mut out).unwrap();
    }
    assert!(bytes.is_empty());
    told.extend(session.told().into_iter().map(mysql));
    (out.concat(), count)
}

/// A session that has logged in, and holds everything.
pub(super) fn holding() -> Session {
    let mut session = Session::new(holding_gate());
    for (direction, bytes) in
        [(Downstream, greeting(u32::MAX, 0)), (Upstream, login(CLAIMED, 0)), (Downstream, packet(2, OK))]
    {
        assert_eq!(pass(&mut session, direction, &bytes, &mut Vec::new()).1, 0);
    }
    session
}

/// What is held of these bytes; nothing of them passes.
fn held(session: &mut Session, direction: Direction, bytes: &[u8]) -> Held {
    let (mut rest, mut out) = (Bytes::copy_from_slice(bytes), Vec::new());
    let held = session.read(direction, &mut rest, &mut out).unwrap();
    assert!(out.is_empty() && rest.is_empty() && held.bytes == bytes);
    assert_eq!(session.told(), []);
    held
}

pub(super) fn statement(session: &mut Session, payload: &[u8]) -> Held {
    held(session, Upstream, &packet(0, payload))
}

fn error(code: u16, sqlstate: &str) -> Change {
    Change::MysqlError { code, sqlstate: sqlstate.to_owned(), message: "no".to_owned() }
}

fn error_packet(sequence: u8, code: u16, sqlstate: &str) -> Vec<u8> {
    let [c0, c1] = code.to_le_bytes();
    packet(sequence, &[&[0xff, c0, c1, b'#'], sqlstate.as_bytes(), b"no"].concat())
}

/// What goes to the server instead of a statement.
fn refuse(session: &mut Session, held: Held, code: u16, sqlstate: &str) -> Vec<u8> {
    let mut out = Vec::new();
    session.release(Upstream, held, Some(&error(code, sqlstate)), &mut out).unwrap();
    out.concat()
}

fn forward(session: &mut Session, payload: &[u8]) -> Vec<u8> {
    let (held, mut out) = (statement(session, payload), Vec::new());
    session.release(Upstream, held, None, &mut out).unwrap();
    out.concat()
}

fn server(session: &mut Session, bytes: &[u8]) -> Vec<u8> {
    pass(session, Downstream, bytes, &mut Vec::new()).0
}

#[test]
fn a_statement_fails_and_the_server_never_sees_it() {
    let mut session = holding();
    let asked = statement(&mut session, b"\x03INSERT INTO t VALUES (1)");
    assert_eq!(refuse(&mut session, asked, 1205, "HY000"), b"");
    assert_eq!(session.answers(), [error_packet(1, 1205, "HY000")]);
    assert!(session.answers().is_empty());
    assert_eq!(forward(&mut session, b"\x03COMMIT"), packet(0, b"\x03COMMIT"));
    assert_eq!(server(&mut session, &packet(1, OK)), packet(1, OK));
    assert_eq!(session.blind(), None);
}

#[test]
fn after_a_deadlock_the_transaction_is_rolled_back_first() {
    for piece in 1..12 {
        let mut session = holding();
        let asked = statement(&mut session, b"\x03UPDATE t SET n = 1");
        assert_eq!(refuse(&mut session, asked, 1213, "40001"), packet(0, ROLLBACK));
        assert!(session.answers().is_empty());
        let mut out = Vec::new();
        for bytes in packet(1, OK).chunks(piece) {
            assert!(session.answers().is_empty());
            out.extend(server(&mut session, bytes));
        }
        assert_eq!(out, error_packet(1, 1213, "40001"));
        forward(&mut session, b"\x03BEGIN");
        assert_eq!(server(&mut session, &packet(1, OK)), packet(1, OK));
        assert_eq!((session.blind(), session.answers()), (None, vec![]));
    }
}

#[test]
fn a_rollback_that_fails_is_told() {
    let mut session = holding();
    let asked = statement(&mut session, b"\x03UPDATE t SET n = 1");
    refuse(&mut session, asked, 1213, "40001");
    let (mut told, xa) = (Vec::new(), packet(1, b"\xff\x77\x05#XAE07not now"));
    assert_eq!(pass(&mut session, Downstream, &xa, &mut told).0, error_packet(1, 1213, "40001"));
    let (request, text) = (Some("COM_QUERY"), Some("ROLLBACK AND NO CHAIN NO RELEASE".to_owned()));
    assert_eq!(told, [MysqlEvent::Failed { request, text, error: sql_error(1399, "XAE07", "not now") }]);
}

#[test]
fn errors_wait_for_their_turn() {
    let mut session = holding();
    forward(&mut session, b"\x03SELECT SLEEP(9)");
    for (code, sqlstate) in [(1213, "40001"), (1205, "HY000")] {
        let asked = statement(&mut session, b"\x03UPDATE t SET n = 1");
        refuse(&mut session, asked, code, sqlstate);
    }
    forward(&mut session, b"\x03COMMIT");
    assert!(session.answers().is_empty());
    // The first is held at the gate, and not overtaken.
    let first = held(&mut session, Downstream, &packet(1, OK));
    assert!(session.answers().is_empty());
    let mut out = Vec::new();
    session.release(Downstream, first, None, &mut out).unwrap();
    assert_eq!(out.concat(), packet(1, OK));
    let rest = [packet(1, b"\0\0\0\x02\0\0\0"), packet(1, b"\0\x07\0\x02\0\0\0")].concat();
    let expected =
        [error_packet(1, 1213, "40001"), error_packet(1, 1205, "HY000"), packet(1, b"\0\x07\0\x02\0\0\0")];
    assert_eq!(server(&mut session, &rest), expected.concat());
    assert_eq!(session.blind(), None);
}

#[test]
fn an_execution_that_never_came_takes_its_types_with_it() {
    let mut session = holding();
    let parameters = b"\0\x09\0\0\0\0\0\x01\0\0\0\0";
    pass(&mut session, Upstream, &packet(0, b"\x16INSERT INTO t VALUES (?)"), &mut Vec::new());
    let definition = packet(2, b"\x03def\0\0\0\x01?\0\x0c?\0\0\0\0\0\x08\x80\0\0\0\0");
    let prepared = [packet(1, parameters), definition, packet(3, b"\xfe\0\0\x02\0")].concat();
    assert_eq!(server(&mut session, &prepared), prepared);
    let head = b"\x17\x09\0\0\0\0\x01\0\0\0\0";
    let with = [&head[..], b"\x01\x03\0", b"\x2a\0\0\0"].concat();
    let without = [&head[..], b"\0", b"\x2b\0\0\0"].concat();
    let completed = packet(0, &[&head[..], b"\x01\x03\0", b"\x2b\0\0\0"].concat());
    let reset = packet(0, b"\x1a\x09\0\0\0");
    for payload in [&with, &without] {
        let asked = statement(&mut session, payload);
        assert_eq!(refuse(&mut session, asked, 1205, "HY000"), reset);
        assert_eq!(server(&mut session, &packet(1, OK)), error_packet(1, 1205, "HY000"));
    }
    // Also where nothing is held any more.
    session.gate = no_gate();
    let (out, _) = pass(&mut session, Upstream, &packet(0, &without), &mut Vec::new());
    assert_eq!(out, completed);
    let (out, _) = pass(&mut session, Upstream, &packet(0, &without), &mut Vec::new());
    assert_eq!(out, packet(0, &without));
    assert_eq!(session.blind(), None);
}

#[test]
fn what_cannot_be_done_passes_and_says_why() {
    let mut session = holding();
    let throttle = Change::KafkaThrottle(Duration::ZERO);
    let reasons = [(throttle, "not MySQL's"), (error(1205, "HY00"), "the SQLSTATE `HY00` is not five")];
    for (change, expected) in reasons {
        let (asked, mut out) = (statement(&mut session, b"\x03COMMIT"), Vec::new());
        let reason = session.release(Upstream, asked, Some(&change), &mut out).unwrap_err();
        assert!(reason.starts_with(expected), "{reason}");
        assert_eq!(out.concat(), packet(0, b"\x03COMMIT"));
        assert_eq!(server(&mut session, &packet(1, OK)), packet(1, OK));
    }
    forward(&mut session, b"\x03COMMIT");
    let (answer, mut out) = (held(&mut session, Downstream, &packet(1, OK)), Vec::new());
    let reason = session.release(Downstream, answer, Some(&error(1205, "HY000")), &mut out).unwrap_err();
    assert!(reason.contains("would be a lie"), "{reason}");
    assert_eq!(out.concat(), packet(1, OK));
    // The server has ended the connection while the statement waited.
    let asked = statement(&mut session, b"\x03COMMIT");
    server(&mut session, &packet(1, b"\xff\x87\x07#70100Connection was killed"));
    let reason = session.release(Upstream, asked, Some(&error(1205, "HY000")), &mut out).unwrap_err();
    assert!(reason.starts_with("the server has ended"), "{reason}");
}

#[test]
fn an_error_answers_the_last_frame() {
    let mut session = holding();
    let statement = [&b"\xff\xff\xff\0\x03"[..], &[b'x'; 0xff_fffe], &packet(1, b"y")].concat();
    let asked = held(&mut session, Upstream, &statement);
    assert_eq!(refuse(&mut session, asked, 1205, "HY000"), b"");
    assert_eq!(session.answers(), [error_packet(2, 1205, "HY000")]);
}

#[test]
fn who_goes_blind_and_owes_something_is_stranded() {
    // An error that waits for its turn, an answer that is the link's own, types that the server never got.
    let execution = b"\x17\x09\0\0\0\0\x01\0\0\0\0\x01\x03\0\x2a\0\0\0";
    for (is_stranded, first, code) in [
        (false, None, 0),
        (false, Some(&b"\x03BEGIN"[..]), 0),
        (true, Some(b"\x03BEGIN"), 1205),
        (true, None, 1213),
        (true, Some(execution), 1205),
    ] {
        let mut session = holding();
        let mut told = Vec::new();
        pass(&mut session, Upstream, &packet(0, b"\x16INSERT INTO t VALUES (?)"), &mut told);
        let definition = packet(2, b"\x03def\0\0\0\x01?\0\x0c?\0\0\0\0\0\x08\x80\0\0\0\0");
        let prepared = [packet(1, b"\0\x09\0\0\0\0\0\x01\0\0\0\0"), definition, packet(3, b"\xfe\0\0\x02\0")];
        server(&mut session, &prepared.concat());
        match first {
            Some(asked) if asked == execution => {
                let asked = statement(&mut session, asked);
                refuse(&mut session, asked, code, "HY000");
                server(&mut session, &packet(1, OK));
            }
            Some(asked) => drop(forward(&mut session, asked)),
            None => {}
        }
        if code != 0 && first != Some(execution) {
            let asked = statement(&mut session, b"\x03UPDATE t SET n = 1");
            refuse(&mut session, asked, code, "HY000");
        }
        assert_eq!((session.blind(), session.is_stranded()), (None, false));
        pass(&mut session, Upstream, &packet(0, b"\x7fwhat"), &mut told);
        assert!(session.blind().is_some());
        assert_eq!(session.is_stranded(), is_stranded, "{first:?} {code}");
    }
}

#[test]
fn who_goes_blind_lets_go() {
    let mut session = holding();
    let (mut told, asked) = (Vec::new(), packet(0, b"\x03COMMIT"));
    let refused = statement(&mut session, b"\x03UPDATE t SET n = 1");
    refuse(&mut session, refused, 1213, "40001");
    assert_eq!(pass(&mut session, Upstream, &asked[..6], &mut told), (Vec::new(), 0));
    pass(&mut session, Downstream, &packet(1, b""), &mut told);
    assert_eq!(session.blind().as_deref(), Some("server: an empty packet"));
    // The answer to the rollback is not the client's, and the error is to be said behind it.
    assert!(session.is_stranded() && session.answers().is_empty());
    assert_eq!(pass(&mut session, Upstream, &asked[6..], &mut told), (asked.clone(), 0));
    let (asked, mut out) = (Bytes::from(asked), Vec::new());
    let held = Held { bytes: asked.clone(), about: Vec::new() };
    session.release(Upstream, held, Some(&error(1205, "HY000")), &mut out).unwrap_err();
    assert_eq!(out, [asked]);
}
