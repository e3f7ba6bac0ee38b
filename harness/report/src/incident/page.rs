//! The page of one incident.

use std::collections::BTreeSet;

use super::{
    group::{Incident, Scenario},
    variant::variant,
};
use crate::{
    RunSummary, date, escape,
    markdown::{join, seeds, versions},
};

impl Incident<'_> {
    /// The page: what happened and why; for each variant what it is, its verdict and the evidence; how to do it again. What the
    /// scenario's author wrote stands as written: it is Markdown.
    pub fn page(&self) -> String {
        let Some(first) = self.runs().next() else { return String::new() };
        let mut parts = vec![
            format!("# {} {}", self.id, self.name()),
            told_in(first),
            format!("## What happened\n\n{}", first.account.story),
        ];
        parts.extend(first.account.cause.as_ref().map(|cause| format!("## Why\n\n{cause}")));
        for scenario in &self.scenarios {
            parts.extend(scenario_parts(scenario, first));
        }
        let commands: Vec<&str> =
            self.scenarios.iter().filter_map(|scenario| Some(command(scenario.runs.first()?))).collect();
        parts.push(format!("## Reproduce it\n\n{}", escape::block(&commands.join("\n"))));
        parts.push(figures(&self.runs().collect::<Vec<_>>()));
        parts.join("\n\n") + "\n"
    }
}

/// `2022-08-04, told in «kafka 實務坑筆記».`, and the way to the table.
fn told_in(run: &RunSummary) -> String {
    let date = run.account.date.as_ref().map(|date| format!("{}, told", escape::text(date)));
    format!(
        "{} in «{}». [All incidents](README.md), and what the variants are.",
        date.as_deref().unwrap_or("Told"),
        escape::text(&run.account.source)
    )
}

/// A scenario's own part; of story and cause only what differs from the incident's.
fn scenario_parts(scenario: &Scenario, main: &RunSummary) -> Vec<String> {
    let Some(first) = scenario.runs.first() else { return Vec::new() };
    let mut parts = vec![format!("## {} here", scenario.name)];
    if first.account.story != main.account.story {
        parts.push(first.account.story.clone());
    }
    parts.extend(first.account.cause.clone().filter(|_| first.account.cause != main.account.cause));
    parts.push(scale(first));
    parts.extend(scenario.runs.iter().map(|run| variant(run)));
    parts
}

fn scale(run: &RunSummary) -> String {
    let scaled = run.scale.iter().filter(|(_, by)| **by != 1.0).map(|(what, by)| match what.as_str() {
        "time" => format!("1 s here is {by} s there"),
        "volume" => format!("1 piece here is {by} there"),
        other => format!("{}: 1 here is {by} there", escape::text(other)),
    });
    let scaled: Vec<String> = scaled.collect();
    if scaled.is_empty() {
        return "Neither time nor volume is scaled.".to_owned();
    }
    format!("Scale: {}. Ratios are kept.", scaled.join("; "))
}

fn command(run: &RunSummary) -> &str {
    if run.reproduce_scenario.is_empty() { &run.reproduce } else { &run.reproduce_scenario }
}

/// What all figures on the page are of.
fn figures(runs: &[&RunSummary]) -> String {
    let dates: BTreeSet<String> = runs.iter().map(|run| date::day(run.began)).collect();
    format!(
        "---\n\nThis page is made from the scenario and a run of it ({} UTC, seed {}; {}): figures and examples are that run's, and \
         another run has others. It is not edited by hand.",
        join(dates.iter().map(String::as_str)),
        seeds(runs.iter().copied()),
        escape::text(&versions(runs.iter().copied())),
    )
}
