//! Judging a run: every guarantee that the scenario sets bounds for, and what follows for the variant.

use pitfall_model::{Guarantee, History, Judging, RunVerdict, What};

use crate::{circumstances::Circumstances, judgement::judgement, needs, outcome, registry};

/// What no run can see yet; every report says so.
pub const NOT_SEEN: &[&str] = &["a write that left a row as it was: the binlog does not have it"];

/// Judges a run by its history alone.
///
/// What the variant is judged on are the guarantees it promises; where it declares anomalies and promises nothing, all that
/// the scenario sets bounds for. The others are judged too, as observations.
pub fn judge(history: &History, judging: &Judging) -> RunVerdict {
    let circumstances = Circumstances::of(history, judging);
    let on_all = judging.promises.is_empty() && !judging.expect.is_empty();
    let promised = |guarantee: Guarantee| on_all || judging.promises.contains(&guarantee);
    let judgements: Vec<_> = registry::ALL
        .iter()
        .filter_map(|checker| {
            let checked = needs::check(checker, history, judging)?;
            Some(judgement(checker.guarantee, checked, promised(checker.guarantee), &circumstances))
        })
        .collect();
    RunVerdict {
        outcome: outcome::outcome(judging, &judgements, &circumstances),
        expected: judging.expect.clone(),
        shown: outcome::shown(&judgements),
        judgements,
        name: circumstances.name,
        faults: circumstances.faults,
        not_seen: not_seen(history),
    }
}

/// What no run sees, and what this one did not.
fn not_seen(history: &History) -> Vec<String> {
    let links = history.events.iter().filter_map(|event| match &event.what {
        What::Unobserved { reason } => {
            Some(format!("what passes on {}: {reason}", event.link.as_deref().unwrap_or("a link")))
        }
        _ => None,
    });
    NOT_SEEN.iter().map(|what| (*what).to_owned()).chain(links).collect()
}
