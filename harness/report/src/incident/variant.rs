//! One variant on the page of its incident.

use indexmap::IndexMap;
use pitfall_model::{Anomaly, Judgement, Violation};

use crate::{
    RunSummary, escape,
    evidence::{events, in_words},
    name,
    section::{reasons, verdict_line},
    sweep::{SweptPoint, shown},
};

/// As many events of one violation are written out.
const WRITTEN_OUT: usize = 12;

pub(super) fn variant(run: &RunSummary) -> String {
    let verdict = &run.verdict;
    let mut parts = vec![format!("### {}", name::variant(&verdict.name))];
    parts.extend(run.account.says.clone());
    parts.push(form(run));
    parts.push(verdict_line(run));
    parts.extend(reasons(&verdict.outcome));
    parts.push(judged(run));
    if run.points.is_empty() {
        parts.extend(verdict.expected.iter().filter_map(|anomaly| example(*anomaly, run)));
    } else {
        parts.push(swept(&run.points));
    }
    if !verdict.faults.is_empty() {
        let faults = verdict.faults.iter().map(|fault| {
            let by = fault.by.as_deref().map_or_else(|| "**not seen**".to_owned(), escape::text);
            format!("- The fault {} bit: {by}", escape::text(&fault.fault))
        });
        parts.push(faults.collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n")
}

/// ``Switches: `POLL_BATCH=10`. Processes: 2 collect, 1 save.``
fn form(run: &RunSummary) -> String {
    let switches: Vec<String> = run
        .account
        .switches
        .iter()
        .map(|(variable, value)| escape::code(&format!("{variable}={value}")))
        .collect();
    let processes: Vec<String> =
        run.instances.iter().map(|(role, count)| format!("{count} {}", escape::text(role))).collect();
    let lists = [("Switches", switches), ("Processes", processes)];
    let lists = lists.iter().filter(|(_, list)| !list.is_empty());
    lists.map(|(what, list)| format!("{what}: {}.", list.join(", "))).collect::<Vec<_>>().join(" ")
}

/// What was judged, and on how much.
fn judged(run: &RunSummary) -> String {
    let one = |judgement: &&Judgement| {
        let (verdict, finding) = (in_words(&judgement.verdict), &judgement.finding);
        let (judged, unit) = (finding.judged, escape::text(&finding.unit));
        format!("{} {} ({judged} {unit})", judgement.guarantee, escape::text(&verdict))
    };
    let promised = run.verdict.judgements.iter().filter(|judgement| judgement.promised);
    let list: Vec<String> = promised.map(|judgement| one(&judgement)).collect();
    let of = if run.points.is_empty() { "Judged" } else { "Without a crash" };
    format!("{of}: {}.", list.join(", "))
}

/// The first violation with its events.
fn example(anomaly: Anomaly, run: &RunSummary) -> Option<String> {
    let all = run.verdict.judgements.iter().flat_map(|judgement| &judgement.finding.violations);
    let first: &Violation = all.clone().find(|violation| violation.anomaly == anomaly)?;
    let count = all.filter(|violation| violation.anomaly == anomaly).count();
    let mut lines = vec![first.sentence.clone()];
    lines.extend(events(&first.evidence).take(WRITTEN_OUT).map(|line| line[2..].to_owned()));
    if first.evidence.len() > WRITTEN_OUT {
        lines.push(format!("  … and {} more events", first.evidence.len() - WRITTEN_OUT));
    }
    let number = if count == 1 { "the only one".to_owned() } else { format!("the first of {count}") };
    let block = escape::block(&lines.join("\n"));
    Some(format!("**{anomaly}**: {} Here {number}:\n\n{block}", escape::text(anomaly.meaning())))
}

/// How many points, where it breaks, and what is seen there.
fn swept(points: &[SweptPoint]) -> String {
    let killed = match points.len() {
        1 => "Killed at 1 point".to_owned(),
        count => format!("Killed at {count} points, a run each"),
    };
    // Points that show the same, in the order in which the first of them comes.
    let mut alike: IndexMap<String, Vec<&SweptPoint>> = IndexMap::new();
    for point in points.iter().filter(|point| !point.shown.is_empty()) {
        alike.entry(shown(point)).or_default().push(point);
    }
    if alike.is_empty() {
        return format!("{killed}: unbroken everywhere.");
    }
    let rows = alike.iter().map(|(shown, points)| {
        let names: Vec<String> = points.iter().map(|point| escape::text(&point.point)).collect();
        let example = points.iter().find_map(|point| point.sentence.as_deref()).unwrap_or_default();
        format!("| {} | {} | {} |", escape::text(shown), names.join("; "), escape::text(example))
    });
    let rows: Vec<String> = rows.collect();
    let broken: usize = alike.values().map(Vec::len).sum();
    format!(
        "{killed}: unbroken at {}, broken at {broken}.\n\n| shown | killed | for example |\n| --- | --- | --- |\n{}",
        points.len() - broken,
        rows.join("\n")
    )
}
