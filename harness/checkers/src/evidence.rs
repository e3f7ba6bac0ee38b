//! Evidence: the few events that show a violation, cloned only here.

use pitfall_model::{Anomaly, Event, Finding, Violation};

/// A violation with its evidence in the history's order, each event once.
pub(crate) fn violation<'h>(
    anomaly: Anomaly,
    order: impl Into<Option<String>>,
    sentence: String,
    evidence: impl IntoIterator<Item = &'h Event>,
) -> Violation {
    let mut evidence: Vec<&Event> = evidence.into_iter().collect();
    evidence.sort_by_key(|event| event.seq);
    evidence.dedup_by_key(|event| event.seq);
    Violation { anomaly, order: order.into(), sentence, evidence: evidence.into_iter().cloned().collect() }
}

/// A finding that judged nothing yet.
pub(crate) fn finding(unit: &str) -> Finding {
    Finding { unit: unit.to_owned(), ..Finding::default() }
}

/// A finding that can judge nothing, and why.
pub(crate) fn nothing(unit: &str, why: String) -> Finding {
    Finding { unknown: vec![why], ..finding(unit) }
}
