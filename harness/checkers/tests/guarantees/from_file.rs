//! A history in a file is judged as the same history in memory.

use std::collections::BTreeSet;

use pitfall_checkers::{facts::Facts, judge, judge_facts};
use pitfall_model::{Event, Events, HistoryError, RunVerdict};

use crate::literal::*;

/// Reads the text twice: for the facts, and for the evidence.
fn judge_text(text: &[u8]) -> Result<RunVerdict, HistoryError> {
    let judging = judging();
    let mut facts = Facts::judged_by(&judging);
    let mut events = Events::new(text);
    for event in events.by_ref() {
        facts.see(&event?.1);
    }
    if events.is_cut_off() {
        facts.cut_off();
    }
    judge_facts(&facts, &judging, |seqs: &BTreeSet<u64>| -> Result<Vec<Event>, HistoryError> {
        let events = Events::new(text).map(|event| Ok(event?.1));
        events.filter(|event| event.as_ref().map_or(true, |event| seqs.contains(&event.seq))).collect()
    })
}

#[test]
fn the_verdict_and_its_evidence_are_the_same() {
    let mut history = history([
        ordered("1a", "1"),
        ordered("1b", "1").together(),
        produced("1", "placed", 0),
        produced("2", "placed", 1),
        inserted("1", "placed"),
        dish("1a", "1").together(),
        committed(2),
    ]);
    let lines = |events: &[Event]| -> Vec<String> {
        events.iter().map(|event| serde_json::to_string(event).expect("is JSON") + "\n").collect()
    };
    let text = lines(&history.events).concat();
    let verdict = judge_text(text.as_bytes()).expect("is a history");
    assert!(verdict.shown.len() > 2, "{:?}", verdict.shown);
    assert_eq!(verdict, judge(&history, &judging()));

    let cut = &text[..text.len() - 5];
    history.events.pop();
    history.truncated = true;
    assert_eq!(judge_text(cut.as_bytes()).expect("is a history"), judge(&history, &judging()));
}
