//! Evidence: what a person needs to believe a verdict.

use pitfall_model::{Anomaly, Event, Outcome, RunVerdict, Verdict, Violation, elapsed};

use crate::{describe, name};

/// As many violations of one anomaly are written out.
const WRITTEN_OUT: usize = 3;

/// The reasons, each guarantee's verdict, and of each anomaly the first violations with the events that show them; the
/// times of these are relative to the first.
pub fn evidence(verdict: &RunVerdict) -> String {
    let mut lines = vec![format!("{}: {}", verdict.name, outcome(&verdict.outcome))];
    if let Outcome::Failed { reasons } | Outcome::Inconclusive { reasons } = &verdict.outcome {
        lines.extend(reasons.iter().map(|reason| format!("  - {reason}")));
    }
    lines.push(format!("guarantees of {}:", name::variant(&verdict.name)));
    for judgement in &verdict.judgements {
        let (guarantee, finding) = (judgement.guarantee, &judgement.finding);
        let part = if judgement.promised { "" } else { ", an observation" };
        let judged =
            format!("judged {} {}, needs {}{part}", finding.judged, finding.unit, judgement.at_least);
        lines.push(format!("  {guarantee}: {} ({judged})", in_words(&judgement.verdict)));
    }
    for proof in &verdict.faults {
        let by = proof
            .by
            .as_deref()
            .map_or_else(|| "its proof was not seen".to_owned(), |by| format!("proved by {by}"));
        lines.push(format!("fault {}: {by}", proof.fault));
    }
    for anomaly in Anomaly::ALL {
        lines.extend(of_anomaly(*anomaly, verdict));
    }
    lines.push("not seen:".to_owned());
    lines.extend(verdict.not_seen.iter().map(|what| format!("  {what}")));
    lines.join("\n") + "\n"
}

/// A run's outcome in a word or two.
pub(crate) fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::AsDeclared => "as declared",
        Outcome::Failed { .. } => "failed",
        Outcome::Inconclusive { .. } => "inconclusive",
    }
}

/// A guarantee's verdict in words.
pub(crate) fn in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds => "holds".to_owned(),
        Verdict::Violated => "violated".to_owned(),
        Verdict::Inconclusive { reason } => format!("inconclusive: {reason}"),
    }
}

/// The anomaly's first violations, with how many more there are; nothing where there is none.
pub(crate) fn of_anomaly(anomaly: Anomaly, verdict: &RunVerdict) -> Vec<String> {
    let all = verdict.judgements.iter().flat_map(|judgement| &judgement.finding.violations);
    let violations: Vec<&Violation> = all.filter(|violation| violation.anomaly == anomaly).collect();
    if violations.is_empty() {
        return Vec::new();
    }
    let is_judged_on = verdict.shown.iter().any(|(shown, _)| *shown == anomaly);
    let note = if is_judged_on { "" } else { " (observed only)" };
    let mut lines = vec![format!("{anomaly} ×{}{note}:", violations.len())];
    for violation in violations.iter().take(WRITTEN_OUT) {
        lines.push(format!("  {}", violation.sentence));
        lines.extend(events(&violation.evidence));
    }
    if violations.len() > WRITTEN_OUT {
        lines.push(format!("  … and {} more", violations.len() - WRITTEN_OUT));
    }
    lines
}

/// Each event in a line, its time relative to the first.
pub(crate) fn events(evidence: &[Event]) -> impl Iterator<Item = String> {
    let first = evidence.iter().map(|event| event.at).min().unwrap_or_default();
    evidence.iter().map(move |event| format!("    {} {}", elapsed(event.at - first), describe(event)))
}
