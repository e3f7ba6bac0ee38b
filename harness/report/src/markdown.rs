//! The report of a suite in Markdown.

use std::collections::{BTreeMap, BTreeSet};

use pitfall_model::Outcome;

use crate::{RunSummary, date, escape, evidence::outcome, name, section::section};

/// The order in which the usual variants stand; others follow as they come.
const VARIANTS: &[&str] = &["before", "after", "residual", "hardened"];

/// The report: what ran on what, a table of scenarios and variants, and a section for each run.
pub fn markdown(runs: &[RunSummary]) -> String {
    let mut parts = vec!["# Pitfall: run report".to_owned(), header(runs), table(runs)];
    parts.extend(runs.iter().map(section));
    parts.join("\n\n") + "\n"
}

fn header(runs: &[RunSummary]) -> String {
    let as_declared = runs.iter().filter(|run| run.verdict.outcome == Outcome::AsDeclared).count();
    let mut lines = vec![format!("- Runs: {}, of which {as_declared} as declared", runs.len())];
    if let Some(began) = runs.iter().map(|run| run.began).min() {
        lines.push(format!("- Date: {}", date::utc(began)));
    }
    lines.push(format!("- Versions: {}", escape::text(&versions(runs))));
    lines.push(format!("- Seeds: {}", seeds(runs)));
    if let Some(ready) = runs.iter().map(|run| run.ready_ms).max() {
        lines.push(format!("- Environment ready after: {} (the longest)", seconds(ready)));
    }
    lines.join("\n")
}

/// `Apache Kafka 4.3.1, Java 17.0.21`, each once.
pub(crate) fn versions<'a>(runs: impl IntoIterator<Item = &'a RunSummary>) -> String {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (what, version) in runs.into_iter().flat_map(|run| &run.versions) {
        versions.entry(what).or_default().insert(version);
    }
    let versions = versions.into_iter().map(|(what, all)| format!("{what} {}", join(all)));
    or_none(versions.collect::<Vec<_>>().join(", "))
}

/// Each seed once.
pub(crate) fn seeds<'a>(runs: impl IntoIterator<Item = &'a RunSummary>) -> String {
    let seeds: BTreeSet<String> = runs.into_iter().map(|run| run.seed.to_string()).collect();
    or_none(join(seeds.iter().map(String::as_str)))
}

fn table(runs: &[RunSummary]) -> String {
    let variants = variants(runs);
    let mut scenarios: Vec<&str> = Vec::new();
    for run in runs {
        let scenario = name::scenario(&run.verdict.name);
        if !scenarios.contains(&scenario) {
            scenarios.push(scenario);
        }
    }
    let heads: Vec<String> = variants.iter().map(|variant| escape::text(variant)).collect();
    let mut lines = vec![
        format!("| scenario | {} |", heads.join(" | ")),
        format!("| --- |{}", " --- |".repeat(variants.len())),
    ];
    for scenario in scenarios {
        let cells: Vec<String> = variants.iter().map(|variant| cell(runs, scenario, variant)).collect();
        lines.push(format!("| {} | {} |", escape::text(scenario), cells.join(" | ")));
    }
    lines.join("\n")
}

fn variants(runs: &[RunSummary]) -> Vec<&str> {
    let all: Vec<&str> = runs.iter().map(|run| name::variant(&run.verdict.name)).collect();
    let mut variants: Vec<&str> = VARIANTS.iter().copied().filter(|variant| all.contains(variant)).collect();
    for variant in all {
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    variants
}

/// The verdicts of every run of one variant: `as declared`, or `2 as declared, 1 **failed**`.
fn cell(runs: &[RunSummary], scenario: &str, variant: &str) -> String {
    let is_it = |run: &&RunSummary| {
        name::scenario(&run.verdict.name) == scenario && name::variant(&run.verdict.name) == variant
    };
    let outcomes: Vec<&str> = runs.iter().filter(is_it).map(|run| outcome(&run.verdict.outcome)).collect();
    let count = |what: &str| outcomes.iter().filter(|outcome| **outcome == what).count();
    let kinds =
        [("as declared", "as declared"), ("failed", "**failed**"), ("inconclusive", "**inconclusive**")];
    let words: Vec<String> = kinds
        .iter()
        .filter(|(what, _)| count(what) > 0)
        .map(
            |(what, word)| {
                if outcomes.len() == 1 { (*word).to_owned() } else { format!("{} {word}", count(what)) }
            },
        )
        .collect();
    if words.is_empty() { "—".to_owned() } else { words.join(", ") }
}

/// Milliseconds as seconds: `18.2 s`.
pub(crate) fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

pub(crate) fn join<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    all.into_iter().collect::<Vec<_>>().join(", ")
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none recorded".to_owned() } else { text }
}
