//! One run's section of the Markdown report.

use pitfall_model::{Anomaly, Judgement, Outcome};

use crate::{
    RunSummary, escape,
    evidence::{in_words, of_anomaly, outcome},
    markdown::seconds,
    sweep::{SweptPoint, shown},
};

/// Everything a reader wants to know of one run.
pub(crate) fn section(run: &RunSummary) -> String {
    let verdict = &run.verdict;
    let mut parts = vec![format!("## {}", escape::text(&verdict.name)), verdict_line(run)];
    parts.extend(reasons(&verdict.outcome));
    if !run.account.story.trim().is_empty() {
        parts.push(format!("> {}", escape::text(&run.account.story)));
    }
    parts.push(facts(run));
    parts.push(guarantees(&verdict.judgements));
    parts.extend(Anomaly::ALL.iter().filter_map(|anomaly| anomaly_part(*anomaly, run)));
    if !verdict.faults.is_empty() {
        let proof =
            |by: &Option<String>| by.as_deref().map_or_else(|| "**not seen**".to_owned(), escape::text);
        let faults =
            verdict.faults.iter().map(|f| format!("| {} | {} |", escape::text(&f.fault), proof(&f.by)));
        parts.push(table("| fault | proved by |\n| --- | --- |", faults));
    }
    if !run.points.is_empty() {
        let row = |point: &SweptPoint| {
            let declared = if point.breaks { "breaks" } else { "unbroken" };
            let (name, shown) = (escape::text(&point.point), escape::text(&shown(point)));
            let sentence = point.sentence.as_deref().map(escape::text).unwrap_or_default();
            format!("| {name} | {declared} | {shown} | {sentence} | {} |", outcome(&point.outcome))
        };
        let head = "| killed | declared | shown | for example | |\n| --- | --- | --- | --- | --- |";
        parts.push(table(head, run.points.iter().map(row)));
    }
    let not_seen: Vec<String> =
        verdict.not_seen.iter().map(|what| format!("- {}", escape::text(what))).collect();
    parts.push(format!("This run could not see:\n\n{}", not_seen.join("\n")));
    parts.push(format!("To do it again:\n\n{}", escape::block(&run.reproduce)));
    parts.join("\n\n")
}

pub(crate) fn verdict_line(run: &RunSummary) -> String {
    let shown: Vec<String> =
        run.verdict.shown.iter().map(|(anomaly, count)| format!("{anomaly} ×{count}")).collect();
    let declared: Vec<&str> = run.verdict.expected.iter().map(|anomaly| anomaly.name()).collect();
    let or_nothing = |list: String| if list.is_empty() { "nothing".to_owned() } else { list };
    format!(
        "**{}** in {}. Declared: {}. Shown: {}.",
        outcome(&run.verdict.outcome),
        seconds(run.took_ms),
        or_nothing(declared.join(", ")),
        or_nothing(shown.join(", ")),
    )
}

pub(crate) fn reasons(outcome: &Outcome) -> Option<String> {
    let (Outcome::Failed { reasons } | Outcome::Inconclusive { reasons }) = outcome else { return None };
    let lines: Vec<String> = reasons.iter().map(|reason| format!("- {}", escape::text(reason))).collect();
    Some(lines.join("\n"))
}

fn facts(run: &RunSummary) -> String {
    let mut lines = Vec::new();
    if !run.account.source.is_empty() {
        lines.push(format!("- Told in: {}", escape::text(&run.account.source)));
    }
    lines.extend(run.account.date.iter().map(|date| format!("- Happened: {}", escape::text(date))));
    lines.extend(run.scale.iter().map(|(what, by)| format!("- Scale: {}", scale(what, *by))));
    lines.push(format!("- Seed: {}; environment ready after {}", run.seed, seconds(run.ready_ms)));
    lines.push(format!("- Run directory: {}", escape::text(&run.run_dir)));
    lines.join("\n")
}

fn scale(what: &str, by: f64) -> String {
    match what {
        "time" => format!("1 s here is {by} s there"),
        _ => format!("{}: 1 here is {by} there", escape::text(what)),
    }
}

fn guarantees(judgements: &[Judgement]) -> String {
    let rows = judgements.iter().map(|judgement| {
        let promised = if judgement.promised { "yes" } else { "observed" };
        let judged =
            format!("{} {} (needs {})", judgement.finding.judged, judgement.finding.unit, judgement.at_least);
        format!(
            "| {} | {promised} | {} | {judged} |",
            judgement.guarantee,
            escape::text(&in_words(&judgement.verdict))
        )
    });
    table("| guarantee | judged on it | verdict | judged |\n| --- | --- | --- | --- |", rows)
}

fn anomaly_part(anomaly: Anomaly, run: &RunSummary) -> Option<String> {
    let lines = of_anomaly(anomaly, &run.verdict);
    let (head, rest) = lines.split_first()?;
    let meaning = escape::text(anomaly.meaning());
    Some(format!("### {}\n\n{meaning}\n\n{}", head.trim_end_matches(':'), escape::block(&rest.join("\n"))))
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    std::iter::once(head.to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
}
