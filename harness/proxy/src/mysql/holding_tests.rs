//! Statements and answers that wait at the gate.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use proptest::prelude::*;

use super::conversation::{Conversation, packet};
use super::event::MysqlEvent;
use super::session::Session;
use super::speaking_tests::{holding, pass, statement};
use crate::reader::Reader;
use crate::testing::holding_gate;
use crate::toxic::Direction::{self, Downstream, Upstream};
use crate::wire::Wire;

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
