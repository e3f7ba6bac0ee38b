//! Readers and the corpus.

use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::mutations::{Mutation, mutation};
use super::passing::{Passed, pass};
use super::same::is_same;
use super::{Said, Spoken, captures, reader};
use crate::fault::Change;
use crate::testing::{holding_gate, no_gate};

const ALL: [Spoken; 3] = [Spoken::Kafka, Spoken::Mysql, Spoken::Http];
/// A reader takes no more for connections like these: what it copies (1 MiB) and unpacks (4 MiB, and as much as the largest block
/// of a codec) at once, and some times what has come.
const MEMORY: u64 = 16 * 1024 * 1024;

static CORPUS: LazyLock<[Vec<Said>; 3]> = LazyLock::new(|| ALL.map(captures));

fn all() -> impl Iterator<Item = (Spoken, &'static Said)> {
    ALL.into_iter().zip(CORPUS.iter()).flat_map(|(spoken, said)| said.iter().map(move |said| (spoken, said)))
}

fn replay(spoken: Spoken, said: &Said, holds: bool, sizes: &[usize]) -> Passed {
    let mut reader = reader(spoken, if holds { holding_gate() } else { no_gate() });
    let passed = pass(&mut *reader, said, sizes, || None);
    assert!(!reader.is_stranded(), "nothing was made here");
    passed
}

#[test]
fn real_connections_are_read_in_any_pieces_and_pass() {
    let (mut kinds, mut held) = (std::collections::BTreeSet::new(), 0);
    for (spoken, said) in all() {
        for holds in [false, true] {
            let at_once = replay(spoken, said, holds, &[]);
            assert_eq!(at_once.blind, None);
            is_same(spoken, said, &at_once).unwrap();
            kinds.extend(at_once.told.iter().copied());
            held += at_once.held;
            for sizes in [&[1][..], &[2, 3, 5, 7, 11], &[64, 1], &[1000]] {
                assert_eq!(replay(spoken, said, holds, sizes), at_once, "{spoken:?} in pieces of {sizes:?}");
            }
        }
    }
    // All that can be read was said; a heartbeat need not have been refused.
    let expected = [
        "group-heartbeat",
        "group-joined",
        "group-left",
        "group-synced",
        "http-answered",
        "http-request",
        "kafka-answered",
        "kafka-request",
        "login",
        "offset-commit",
        "offsets-fetched",
        "produce-answered",
        "records-fetched",
        "request-failed",
        "statement",
        "statement-answered",
    ];
    kinds.remove("heartbeat-refused");
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    assert!(held > 500, "{held}");
}

/// A captured connection, changed.
fn changed(spoken: Spoken, which: Index, mutations: &[Mutation]) -> Said {
    let captures = &CORPUS[ALL.iter().position(|at| *at == spoken).unwrap()];
    let mut said = captures[which.index(captures.len())].clone();
    mutations.iter().for_each(|mutation| mutation.apply(&mut said, captures));
    said
}

/// What a fault may do, also to the wrong protocol.
fn change() -> impl Strategy<Value = Option<Change>> {
    let mysql = |code| Change::MysqlError { code, sqlstate: "40001".into(), message: "no".into() };
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(Change::KafkaError(27))),
        1 => Just(Some(Change::KafkaThrottle(Duration::from_secs(1)))),
        1 => Just(Some(mysql(1213))),
        1 => Just(Some(mysql(1205))),
        1 => Just(Some(Change::HttpStatus(503))),
    ]
}

proptest! {
    #[test]
    fn changed_connections_pass_in_bounded_memory(
        spoken in prop::sample::select(ALL.to_vec()),
        which in any::<Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
        sizes in prop::collection::vec(1_usize..600, 1..5),
        holds in any::<bool>(),
    ) {
        let said = changed(spoken, which, &mutations);
        let mut passed = None;
        let took = allocation_counter::measure(|| passed = Some(replay(spoken, &said, holds, &sizes)));
        let passed = passed.unwrap();
        prop_assert_eq!(is_same(spoken, &said, &passed), Ok(()), "{:?}", passed.blind);
        prop_assert!(took.bytes_max <= MEMORY, "{} bytes at once", took.bytes_max);
        // Where it is cut does not matter; but of a head of HTTP that has no end it matters when it is looked at.
        let at_once = replay(spoken, &said, holds, &[]);
        if spoken != Spoken::Http {
            prop_assert_eq!(at_once.blind, passed.blind);
            prop_assert!(at_once.told == passed.told && at_once.up == passed.up && at_once.down == passed.down);
        }
    }

    #[test]
    fn whatever_is_done_to_changed_connections_nothing_breaks(
        spoken in prop::sample::select(ALL.to_vec()),
        which in any::<Index>(),
        mutations in prop::collection::vec(mutation(), 0..4),
        sizes in prop::collection::vec(1_usize..600, 1..5),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        let said = changed(spoken, which, &mutations);
        let mut changes = changes.into_iter().cycle();
        let took = allocation_counter::measure(|| {
            pass(&mut *reader(spoken, holding_gate()), &said, &sizes, || changes.next().flatten());
        });
        prop_assert!(took.bytes_max <= MEMORY, "{} bytes at once", took.bytes_max);
    }
}
