//! Many verdicts at a glance: a row for each variant, a column for each guarantee.

use pitfall_model::{Anomaly, Guarantee, RunVerdict, Verdict};

use crate::name::{scenario, variant};

/// What the marks mean.
const LEGEND: &str =
    "+ holds   . not judged   ? inconclusive   an anomaly is shown: *declared*, implied or not declared";

/// The matrix of variants and guarantees, in the order of the verdicts: first the variant, then its scenario.
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
    format!("{}\n\n{LEGEND}", lines.join("\n"))
}

fn header() -> Vec<String> {
    let guarantees = Guarantee::ALL.iter().map(|guarantee| guarantee.name().to_owned());
    [String::new(), String::new()].into_iter().chain(guarantees).collect()
}

fn row(verdict: &RunVerdict) -> Vec<String> {
    let of = |guarantee: &Guarantee| cell(verdict, *guarantee);
    let scenario = scenario(&verdict.name);
    let scenario = scenario.split_once("::").map_or(scenario, |(_, scenario)| scenario);
    let head = [variant(&verdict.name).to_owned(), scenario.to_owned()];
    head.into_iter().chain(Guarantee::ALL.iter().map(of)).collect()
}

fn cell(verdict: &RunVerdict, guarantee: Guarantee) -> String {
    let judged = verdict.judgements.iter().find(|judgement| judgement.guarantee == guarantee);
    let Some(judgement) = judged.filter(|judgement| judgement.promised) else { return ".".to_owned() };
    match judgement.verdict {
        Verdict::Holds => "+".to_owned(),
        Verdict::Inconclusive { .. } => "?".to_owned(),
        Verdict::Violated => {
            let is_shown =
                |anomaly: &&Anomaly| judgement.finding.violations.iter().any(|v| v.anomaly == **anomaly);
            let name = |anomaly: &Anomaly| match verdict.expected.contains(anomaly) {
                true => format!("*{anomaly}*"),
                false => anomaly.to_string(),
            };
            Anomaly::ALL.iter().filter(is_shown).map(name).collect::<Vec<_>>().join(" ")
        }
    }
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
            judgement(Guarantee::NoLoss, Verdict::Violated, &[Anomaly::LostMessage, Anomaly::LostMessage]),
            judgement(Guarantee::Order, Verdict::Violated, &[Anomaly::SkippedStatus]),
            judgement(Guarantee::Convergence, Verdict::Inconclusive { reason: String::new() }, &[]),
            judgement(Guarantee::Progress, Verdict::Holds, &[]),
        ];
        let verdict = RunVerdict {
            name: "zoo::Z1-killed::commit-first".to_owned(),
            outcome: Outcome::AsDeclared,
            expected: vec![Anomaly::LostMessage],
            shown: Vec::new(),
            judgements,
            faults: Vec::new(),
            not_seen: Vec::new(),
        };
        let text = matrix(&[verdict]);
        let row: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        let cells = ["*lost-message*", "skipped-status", "?", ".", ".", "+"];
        assert_eq!(row[..2], ["commit-first", "Z1-killed"]);
        assert_eq!(row[2..8], cells);
    }
}
