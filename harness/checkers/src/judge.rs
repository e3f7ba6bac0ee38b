//! Judging a run: every guarantee that the scenario sets bounds for, and what follows for the variant.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use pitfall_model::{Event, Guarantee, History, Judging, RunVerdict};

use crate::{
    circumstances::Circumstances,
    facts::{Did, Facts},
    judgement::{Judged, judgement},
    needs, outcome, registry,
};

/// What no run can see yet; every report says so.
pub const NOT_SEEN: &[&str] = &["a write that left a row as it was: the binlog does not have it"];

/// Judges a run by its history alone.
///
/// What the variant is judged on are the guarantees it promises; where it declares anomalies and promises nothing, all that
/// the scenario sets bounds for. The others are judged too, as observations.
pub fn judge(history: &History, judging: &Judging) -> RunVerdict {
    let recall = |seqs: &BTreeSet<u64>| {
        Ok(history.events.iter().filter(|event| seqs.contains(&event.seq)).cloned().collect())
    };
    match judge_facts(&Facts::judged_by(judging).and(history), judging, recall) {
        Ok(verdict) => verdict,
        Err(never) => {
            let never: Infallible = never;
            match never {}
        }
    }
}

/// Judges a run by the facts of its history, as [`judge()`] does.
///
/// `recall` is asked once, for the events of these places (`seq`) of the history: the evidence, which verdicts tell in full.
///
/// # Errors
/// What `recall` says.
pub fn judge_facts<E>(
    facts: &Facts,
    judging: &Judging,
    recall: impl FnOnce(&BTreeSet<u64>) -> Result<Vec<Event>, E>,
) -> Result<RunVerdict, E> {
    let circumstances = Circumstances::of(facts, judging);
    let on_all = judging.promises.is_empty() && !judging.expect.is_empty();
    let promised = |guarantee: Guarantee| on_all || judging.promises.contains(&guarantee);
    let judged: Vec<Judged> = registry::ALL
        .iter()
        .filter_map(|checker| {
            let checked = needs::check(checker, facts, judging)?;
            Some(judgement(checker.guarantee, checked, promised(checker.guarantee), &circumstances))
        })
        .collect();
    let seqs: BTreeSet<u64> = judged.iter().flat_map(Judged::evidence).collect();
    let events = if seqs.is_empty() { Vec::new() } else { recall(&seqs)? };
    let events: BTreeMap<u64, Event> = events.into_iter().map(|event| (event.seq, event)).collect();
    let judgements: Vec<_> = judged.into_iter().map(|judged| judged.with(&events)).collect();
    Ok(RunVerdict {
        outcome: outcome::outcome(judging, &judgements, &circumstances),
        expected: judging.expect.clone(),
        shown: outcome::shown(&judgements),
        judgements,
        name: circumstances.name,
        faults: circumstances.faults,
        not_seen: not_seen(facts),
    })
}

/// What no run sees, and what this one did not.
fn not_seen(facts: &Facts) -> Vec<String> {
    let links = facts.all().iter().filter_map(|fact| match fact.did {
        Did::Unobserved { reason } => {
            let link = fact.link.map_or("a link", |link| facts.text(link));
            Some(format!("what passes on {link}: {}", facts.text(reason)))
        }
        _ => None,
    });
    NOT_SEEN.iter().map(|what| (*what).to_owned()).chain(links).collect()
}
