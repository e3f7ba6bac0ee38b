//! Many verdicts at a glance: a row for each variant, a column for each guarantee.

use pitfall_model::{Anomaly, Guarantee, RunVerdict, Verdict};

use crate::name::{scenario, variant};

/// What the marks mean.
const LEGEND: &str = "+ holds   . not judged   ? inconclusive   X a declared anomaly is shown   x one that is implied, or not declared";

/// The matrix of variants and guarantees, in the order of the verdicts: first the variant, then its scenario, a mark for each
/// guarantee (by its number in the registry), and the anomalies by name, `*declared*` first.
pub fn matrix(verdicts: &[RunVerdict]) -> String {
    let mut rows = vec![header()];
    rows.extend(verdicts.iter().map(row));
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    let numbers = (1..).zip(Guarantee::ALL).map(|(number, guarantee)| format!("{number} {guarantee}"));
    format!("{}\n\n{LEGEND}\n{}", lines.join("\n"), numbers.collect::<Vec<_>>().join("   "))
}

fn header() -> Vec<String> {
    let numbers = (1..=Guarantee::ALL.len()).map(|number| number.to_string());
    [String::new(), String::new()].into_iter().chain(numbers).chain([String::new()]).collect()
}

fn row(verdict: &RunVerdict) -> Vec<String> {
    let scenario = scenario(&verdict.name);
    let scenario = scenario.split_once("::").map_or(scenario, |(_, scenario)| scenario);
    let head = [variant(&verdict.name).to_owned(), scenario.to_owned()];
    let marks = Guarantee::ALL.iter().map(|guarantee| mark(verdict, *guarantee).to_owned());
    head.into_iter().chain(marks).chain([names(verdict)]).collect()
}

fn mark(verdict: &RunVerdict, guarantee: Guarantee) -> &'static str {
    let judged = verdict.judgements.iter().find(|judgement| judgement.guarantee == guarantee);
    let Some(judgement) = judged.filter(|judgement| judgement.promised) else { return "." };
    match judgement.verdict {
        Verdict::Holds => "+",
        Verdict::Inconclusive { .. } => "?",
        Verdict::Violated => {
            let shown = &judgement.finding.violations;
            if shown.iter().any(|v| verdict.expected.contains(&v.anomaly)) { "X" } else { "x" }
        }
    }
}

/// The anomalies shown: the declared ones first.
fn names(verdict: &RunVerdict) -> String {
    let shown = verdict.shown.iter().map(|(anomaly, _)| anomaly);
    let (declared, others): (Vec<&Anomaly>, Vec<&Anomaly>) =
        shown.partition(|anomaly| verdict.expected.contains(anomaly));
    let declared = declared.iter().map(|anomaly| format!("*{anomaly}*"));
    declared.chain(others.iter().map(|anomaly| anomaly.to_string())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use pitfall_model::{Finding, Judgement, Outcome, Violation};

    use super::*;

    fn judgement(guarantee: Guarantee, verdict: Verdict, shown: &[Anomaly]) -> Judgement {
        let violation = |anomaly: &Anomaly| Violation {
            anomaly: *anomaly,
            order: None,
            sentence: String::new(),
            evidence: Vec::new(),
        };
        let violations = shown.iter().map(violation).collect();
        let finding = Finding { violations, ..Finding::default() };
        Judgement { guarantee, promised: true, verdict, at_least: 1, finding }
    }

    #[test]
    fn a_cell_says_what_became_of_its_guarantee() {
        let judgements = vec![
            judgement(Guarantee::NoLoss, Verdict::Violated, &[Anomaly::SkippedStatus]),
            judgement(Guarantee::Order, Verdict::Violated, &[Anomaly::LostMessage, Anomaly::LostMessage]),
            judgement(Guarantee::Convergence, Verdict::Inconclusive { reason: String::new() }, &[]),
            judgement(Guarantee::Progress, Verdict::Holds, &[]),
        ];
        let verdict = RunVerdict {
            name: "zoo::Z1-killed::commit-first".to_owned(),
            outcome: Outcome::AsDeclared,
            expected: vec![Anomaly::LostMessage],
            shown: vec![(Anomaly::LostMessage, 2), (Anomaly::SkippedStatus, 1)],
            judgements,
            faults: Vec::new(),
            not_seen: Vec::new(),
        };
        let text = matrix(&[verdict]);
        let row: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row[..5], ["commit-first", "Z1-killed", "x", "X", "?"]);
        assert_eq!(row[2 + Guarantee::ALL.len()..], ["*lost-message*", "skipped-status"]);
        let progress = Guarantee::ALL.iter().position(|of| *of == Guarantee::Progress).unwrap();
        assert_eq!((row[2 + progress], row[3 + progress]), ("+", "."));
    }
}
