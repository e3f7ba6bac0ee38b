//! Statements and answers that are held, and statements that the link answers.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::conversation::{CLAIMED, Conversation, greeting, login, packet, sql_error};
use super::event::MysqlEvent;
use super::session::Session;
use crate::fault::Change;
use crate::reader::{Held, Reader};
use crate::testing::{holding_gate, no_gate};
use crate::toxic::Direction::{self, Downstream, Upstream};
use crate::wire::Wire;

const OK: &[u8] = b"\0\0\0\x03\0\0\0";
const ROLLBACK: &[u8] = b"\x03ROLLBACK AND NO CHAIN NO RELEASE";

fn mysql(what: Wire) -> MysqlEvent {
    match what {
        Wire::Mysql(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Lets bytes pass; what is held is let go at once. Returned is what comes out, and how often something was held.
fn pass(
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
fn holding() -> Session {
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

fn statement(session: &mut Session, payload: &[u8]) -> Held {
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
fn a_statement_and_the_end_of_its_answer_wait() {
    let mut session = holding();
    let asked = statement(&mut session, b"\x03SELECT n FROM t");
    let [Wire::Mysql(MysqlEvent::Statement { number: 1, text, .. })] = &asked.about[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(text, "SELECT n FROM t");
    session.release(Upstream, asked, None, &mut Vec::new()).unwrap();
    let column = packet(2, b"\x03def\0\0\0\x01n\0\x0c?\0\x0b\0\0\0\x08\x81\0\0\0\0");
    let rows = [packet(1, b"\x01"), column, packet(3, b"\xfe\0\0\x02\0"), packet(4, b"\x011")].concat();
    let end = packet(5, b"\xfe\0\0\x02\0");
    // Byte by byte nothing of the last packet passes either.
    for bytes in [rows.iter().chain(&end[..8]).copied().collect::<Vec<u8>>(), end[8..].to_vec()] {
        let (mut bytes, mut out) = (Bytes::from(bytes), Vec::new());
        match session.read(Downstream, &mut bytes, &mut out) {
            None => assert_eq!(out.concat(), rows),
            Some(held) => {
                assert!(out.is_empty() && held.bytes == end);
                let [Wire::Mysql(MysqlEvent::Answer { number: 1, text, more: false, .. })] = &held.about[..]
                else {
                    panic!("{held:?}");
                };
                assert_eq!(text, "SELECT n FROM t");
                session.release(Downstream, held, None, &mut out).unwrap();
                return assert_eq!(out.concat(), end);
            }
        }
    }
    panic!("nothing was held");
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
fn a_statement_of_more_than_64_mib_passes_unheld() {
    let mut session = holding();
    let frame = [&b"\xff\xff\xff\0"[..], &[b'x'; 0xff_ffff]].concat();
    let (mut told, mut passed) = (Vec::new(), 0);
    for n in 0..5 {
        let mut frame = frame.clone();
        (frame[3], frame[4]) = (n, if n == 0 { 3 } else { b'x' });
        let (out, held) = pass(&mut session, Upstream, &frame, &mut told);
        assert_eq!((held, told.len()), (0, usize::from(n >= 3)), "{n}");
        passed += out.len();
    }
    let (out, held) = pass(&mut session, Upstream, &packet(5, b"y"), &mut told);
    assert_eq!((out.len() + passed, held), (5 * frame.len() + 5, 0));
    assert!(matches!(told[..], [MysqlEvent::Statement { cut: true, .. }]), "{told:?}");
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
fn who_goes_blind_lets_go() {
    let mut session = holding();
    let (mut told, asked) = (Vec::new(), packet(0, b"\x03COMMIT"));
    let refused = statement(&mut session, b"\x03UPDATE t SET n = 1");
    refuse(&mut session, refused, 1213, "40001");
    assert_eq!(pass(&mut session, Upstream, &asked[..6], &mut told), (Vec::new(), 0));
    pass(&mut session, Downstream, &packet(1, b""), &mut told);
    assert_eq!(session.blind().as_deref(), Some("server: an empty packet"));
    assert_eq!(session.answers(), [error_packet(1, 1213, "40001")]);
    assert_eq!(pass(&mut session, Upstream, &asked[6..], &mut told), (asked.clone(), 0));
    let (asked, mut out) = (Bytes::from(asked), Vec::new());
    let held = Held { bytes: asked.clone(), about: Vec::new() };
    session.release(Upstream, held, Some(&error(1205, "HY000")), &mut out).unwrap_err();
    assert_eq!(out, [asked]);
}

#[test]
fn what_ends_in_the_middle_goes_on_as_it_came() {
    let mut session = holding();
    let (mut bytes, mut out) = (Bytes::from(packet(0, b"\x03COMMIT")).slice(..7), Vec::new());
    assert!(session.read(Upstream, &mut bytes, &mut out).is_none());
    session.ended(Upstream, &mut out);
    assert_eq!(out.concat(), packet(0, b"\x03COMMIT")[..7]);
}

/// Whether bytes came through: all as they were, but for bits cleared at the beginning.
fn came_through(before: &[u8], after: &[u8], changed: usize) -> bool {
    let same =
        |(n, (before, after)): (usize, (&u8, &u8))| before == after || n < changed && after & !before == 0;
    before.len() == after.len() && before.iter().zip(after).enumerate().all(same)
}

proptest! {
    #[test]
    fn holding_changes_nothing(piece in 1usize..200, deprecates_eof: bool) {
        let conversation = Conversation::new(deprecates_eof);
        let (mut session, mut told, mut count) = (Session::new(holding_gate()), Vec::new(), 0);
        for (n, (direction, bytes)) in conversation.said.iter().enumerate() {
            let mut out = Vec::new();
            for bytes in bytes.chunks(piece) {
                let (bytes, held) = pass(&mut session, *direction, bytes, &mut told);
                out.extend(bytes);
                count += held;
            }
            prop_assert!(n < 2 || out == *bytes, "{n}");
        }
        prop_assert_eq!(session.blind(), None);
        let is_held =
            |event: &&MysqlEvent| matches!(event, MysqlEvent::Statement { .. } | MysqlEvent::Answer { .. });
        prop_assert_eq!(count, conversation.expected.iter().filter(is_held).count());
        prop_assert_eq!(told, conversation.expected);
    }

    #[test]
    fn holding_in_one_piece_changes_nothing(from in 3usize..20, deprecates_eof: bool) {
        // Whatever one side says in a row comes at once.
        let conversation = Conversation::new(deprecates_eof);
        let (mut session, mut told) = (Session::new(holding_gate()), Vec::new());
        let mut said: Vec<(Direction, Vec<u8>)> = Vec::new();
        for (n, (direction, bytes)) in conversation.said.into_iter().enumerate() {
            match said.last_mut() {
                Some((last, before)) if last == &direction && n > from => before.extend(bytes),
                _ => said.push((direction, bytes)),
            }
        }
        for (n, (direction, bytes)) in said.iter().enumerate() {
            let (out, _) = pass(&mut session, *direction, bytes, &mut told);
            prop_assert!(n < 2 || out == *bytes, "{n}");
        }
        prop_assert_eq!(session.blind(), None);
        prop_assert_eq!(told, conversation.expected);
    }

    #[test]
    fn a_damaged_conversation_passes_all_the_same(
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
        let (mut session, mut told) = (Session::new(holding_gate()), Vec::new());
        let (mut before, mut after) = ([vec![], vec![]], [vec![], vec![]]);
        for (direction, bytes) in said {
            let lane = usize::from(direction == Upstream);
            for bytes in bytes.chunks(piece) {
                before[lane].extend_from_slice(bytes);
                after[lane].extend(pass(&mut session, direction, bytes, &mut told).0);
            }
        }
        for (lane, direction) in [(0, Downstream), (1, Upstream)] {
            let mut out = Vec::new();
            session.ended(direction, &mut out);
            after[lane].extend(out.concat());
        }
        prop_assert!(came_through(&before[0], &after[0], 300));
        prop_assert!(came_through(&before[1], &after[1], 36));
    }
}
