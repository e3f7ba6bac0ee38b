//! Recorded histories, damaged at random: a verdict or an error that names a line, and never a panic.

use std::fs;

use pitfall_model::{History, Judging, OfOrders, OfProgress};
use proptest::{prelude::*, sample::Index};

use crate::world::all_recorded;

/// One thing done to the file.
#[derive(Debug, Clone)]
enum Damage {
    /// A line is lost.
    Drop(Index),
    /// A line stands twice.
    Double(Index),
    /// Two lines have changed places.
    Swap(Index, Index),
    /// Everything from a byte on is lost.
    Cut(Index),
    /// A byte is another.
    Byte(Index, u8),
    /// A line's number, of those that it has, is another.
    Number(Index, Index, i128),
    /// A line's quoted text, of those that it has, is that of another line.
    Text(Index, Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let edges = [
        0,
        -1,
        1,
        i64::MAX.into(),
        i64::MIN.into(),
        u64::MAX.into(),
        i32::MAX.into(),
        i32::MIN.into(),
        i128::MAX,
    ];
    prop_oneof![
        4 => any::<Index>().prop_map(Damage::Drop),
        2 => any::<Index>().prop_map(Damage::Double),
        2 => any::<(Index, Index)>().prop_map(|(one, other)| Damage::Swap(one, other)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => any::<(Index, u8)>().prop_map(|(at, byte)| Damage::Byte(at, byte)),
        8 => (any::<Index>(), any::<Index>(), prop::sample::select(edges.to_vec()))
            .prop_map(|(line, which, number)| Damage::Number(line, which, number)),
        4 => any::<(Index, Index, Index)>().prop_map(|(line, which, from)| Damage::Text(line, which, from)),
    ]
}

impl Damage {
    fn to(&self, file: &mut Vec<u8>) {
        if file.is_empty() {
            return;
        }
        match self {
            Self::Cut(at) => file.truncate(at.index(file.len())),
            Self::Byte(at, byte) => {
                let at = at.index(file.len());
                file[at] = *byte;
            }
            lines => {
                let mut split: Vec<Vec<u8>> =
                    file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                lines.to_lines(&mut split);
                *file = split.concat();
            }
        }
    }

    fn to_lines(&self, lines: &mut Vec<Vec<u8>>) {
        let count = lines.len();
        match self {
            Self::Drop(at) => drop(lines.remove(at.index(count))),
            Self::Double(at) => lines.insert(at.index(count), lines[at.index(count)].clone()),
            Self::Swap(one, other) => lines.swap(one.index(count), other.index(count)),
            Self::Number(at, which, number) => {
                replace(
                    &mut lines[at.index(count)],
                    u8::is_ascii_digit,
                    which,
                    number.to_string().as_bytes(),
                );
            }
            Self::Text(at, which, from) => {
                let word = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
                let source = &lines[from.index(count)];
                let found = runs(source, word);
                let text = if found.is_empty() {
                    vec![]
                } else {
                    source[found[which.index(found.len())].clone()].to_vec()
                };
                replace(&mut lines[at.index(count)], word, which, &text);
            }
            Self::Cut(_) | Self::Byte(..) => {}
        }
    }
}

/// Where bytes of a kind follow each other.
fn runs(line: &[u8], is: impl Fn(&u8) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for at in (0..line.len()).filter(|at| is(&line[*at])) {
        match found.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

fn replace(line: &mut Vec<u8>, is: impl Fn(&u8) -> bool, which: &Index, by: &[u8]) {
    let found = runs(line, is);
    if !found.is_empty() {
        line.splice(found[which.index(found.len())].clone(), by.iter().copied());
    }
}

/// Bounds for what these runs are not judged on: every checker meets the damage.
fn on_more(judging: &mut Judging) {
    let (topic, group, effect) = (|| "order".to_owned(), || "kitchen".to_owned(), || "orders".to_owned());
    judging.guarantees.order =
        Some(OfOrders { topic: topic(), group: group(), effect: effect(), at_least: 1 });
    judging.guarantees.progress = Some(OfProgress {
        topic: topic(),
        group: group(),
        role: "consumer".to_owned(),
        effect: effect(),
        redeliveries: 1,
        at_least: 1,
    });
}

/// Each recorded run: what it is judged on, and its history.
fn runs_of_old() -> Vec<(Judging, Vec<u8>)> {
    let read = |folder: std::path::PathBuf| {
        let plan = fs::read(folder.join("plan.json")).unwrap();
        let mut plan: serde_json::Value = serde_json::from_slice(&plan).unwrap();
        let mut judging = serde_json::from_value(plan["judging"].take()).unwrap();
        on_more(&mut judging);
        (judging, fs::read(folder.join("history.jsonl")).unwrap())
    };
    all_recorded().into_iter().map(read).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_history_gets_a_verdict_or_an_error_that_names_a_line(
        which: Index,
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let runs = runs_of_old();
        let (judging, mut file) = runs[which.index(runs.len())].clone();
        damages.iter().for_each(|damage| damage.to(&mut file));
        match History::read(file.as_slice()) {
            Ok(history) => {
                let verdict = pitfall_checkers::judge(&history, &judging);
                prop_assert!(pitfall_report::verdict_json(&verdict).is_ok());
                prop_assert!(pitfall_report::evidence(&verdict).contains("guarantees of"));
            }
            Err(error) => prop_assert!(error.to_string().starts_with("line "), "{error}"),
        }
    }
}
