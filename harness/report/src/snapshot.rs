//! The snapshot of a verdict: the same for every run of a variant, and never that of an empty run.

use std::collections::BTreeMap;

use pitfall_model::{Anomaly, Judgement, Outcome, RunVerdict, Verdict, Violation};

use crate::{
    evidence::{in_words, outcome},
    normalize::normalize,
    sweep::{SweptPoint, shown},
};

/// What a snapshot test compares. No times, no order ids, no counts: how much was judged is only whether the declared
/// minimum was met.
pub fn snapshot(verdict: &RunVerdict, points: &[SweptPoint]) -> String {
    let mut lines = vec![format!("run: {}", verdict.name), format!("outcome: {}", outcome(&verdict.outcome))];
    if let Outcome::Failed { reasons } | Outcome::Inconclusive { reasons } = &verdict.outcome {
        lines.extend(reasons.iter().map(|reason| format!("  {}", normalize(reason, None))));
    }
    lines.push(format!("declared: {}", names(verdict.expected.iter().copied())));
    lines.push(format!("shown: {}", names(verdict.shown.iter().map(|(anomaly, _)| *anomaly))));
    lines.push("guarantees:".to_owned());
    lines.extend(verdict.judgements.iter().map(guarantee));
    let examples: Vec<String> = verdict
        .shown
        .iter()
        .filter_map(|(anomaly, _)| Some(format!("  {anomaly}: {}", typical(verdict, *anomaly)?)))
        .collect();
    if !examples.is_empty() {
        lines.push("for example:".to_owned());
    }
    lines.extend(examples);
    if !verdict.faults.is_empty() {
        lines.push("faults:".to_owned());
    }
    for proof in &verdict.faults {
        let by = proof
            .by
            .as_deref()
            .map_or_else(|| "not proved".to_owned(), |by| format!("proved by {}", normalize(by, None)));
        lines.push(format!("  {}: {by}", proof.fault));
    }
    if !points.is_empty() {
        lines.push("points:".to_owned());
    }
    lines.extend(points.iter().map(|point| format!("  {}: {}", point.point, shown(point))));
    lines.join("\n") + "\n"
}

/// What most sentences of an anomaly say: chance may give single ones another form. Of as many, the first in the alphabet.
fn typical(verdict: &RunVerdict, anomaly: Anomaly) -> Option<String> {
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for violation in violations(verdict).filter(|violation| violation.anomaly == anomaly) {
        *forms.entry(normalize(&violation.sentence, violation.order.as_deref())).or_default() += 1;
    }
    forms.into_iter().rev().max_by_key(|(_, count)| *count).map(|(form, _)| form)
}

fn violations(verdict: &RunVerdict) -> impl Iterator<Item = &Violation> {
    verdict
        .judgements
        .iter()
        .filter(|judgement| judgement.promised)
        .flat_map(|judgement| &judgement.finding.violations)
}

fn names(anomalies: impl Iterator<Item = Anomaly>) -> String {
    let mut names: Vec<&str> = anomalies.map(Anomaly::name).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn guarantee(judgement: &Judgement) -> String {
    let Judgement { guarantee, promised, verdict, at_least, finding } = judgement;
    if !promised {
        // What it shows is not declared, so it may differ from run to run.
        return format!("  {guarantee}: an observation");
    }
    let unit = &finding.unit;
    let enough = match finding.judged {
        0 => format!("judged no {unit}, needs {at_least}"),
        judged if judged < *at_least => format!("judged fewer {unit} than {at_least}"),
        _ => format!("judged at least {at_least} {unit}"),
    };
    let verdict = match verdict {
        Verdict::Inconclusive { .. } => normalize(&in_words(verdict), None),
        _ => in_words(verdict),
    };
    format!("  {guarantee}: {verdict} ({enough})")
}
