//! Runs by incident, scenario and variant, in the order in which a reader meets them.

use std::collections::BTreeMap;

use crate::{RunSummary, name};

/// An incident, by the runs of all scenarios that have its id.
#[derive(Debug, Clone)]
pub struct Incident<'a> {
    /// `A3`.
    pub(super) id: &'a str,
    /// The main one first, the others by name.
    pub(super) scenarios: Vec<Scenario<'a>>,
}

/// The runs of one scenario, one for each variant.
#[derive(Debug, Clone)]
pub(super) struct Scenario<'a> {
    /// `poll-eviction`.
    pub(super) name: &'a str,
    /// As they were, as they were changed, what that left open, as it should be; never empty.
    pub(super) runs: Vec<&'a RunSummary>,
}

/// How the names of variants begin, in the order in which they are told; others follow.
const VARIANTS: &[&str] = &["before", "control", "after", "residual", "hardened"];

/// Every incident that these runs are of, by id. Of several runs of a variant the last counts.
pub fn incidents(runs: &[RunSummary]) -> Vec<Incident<'_>> {
    let mut last: BTreeMap<&str, &RunSummary> = BTreeMap::new();
    for run in runs {
        let known = last.entry(&run.verdict.name).or_insert(run);
        if known.began < run.began {
            *known = run;
        }
    }
    let mut all: BTreeMap<(&str, &str), BTreeMap<&str, Vec<&RunSummary>>> = BTreeMap::new();
    for run in last.into_values() {
        let (system, id, scenario) = name::parts(&run.verdict.name);
        all.entry((system, id)).or_default().entry(scenario).or_default().push(run);
    }
    let mut incidents: Vec<Incident> = all.into_iter().map(|((_, id), of)| incident(id, of)).collect();
    incidents.sort_by_key(|incident| name::in_order(incident.id));
    incidents
}

fn incident<'a>(id: &'a str, of: BTreeMap<&'a str, Vec<&'a RunSummary>>) -> Incident<'a> {
    let names: Vec<&str> = of.keys().copied().collect();
    // The main scenario is the one that most of them are named after.
    let named_after = |main: &str| names.iter().filter(|name| name.starts_with(main)).count();
    let mut scenarios: Vec<Scenario> = of.into_iter().map(|(name, runs)| scenario(name, runs)).collect();
    scenarios.sort_by_key(|scenario| std::cmp::Reverse(named_after(scenario.name)));
    let others = scenarios.get_mut(1..).unwrap_or_default();
    others.sort_by_key(|scenario| scenario.name);
    Incident { id, scenarios }
}

fn scenario<'a>(name: &'a str, mut runs: Vec<&'a RunSummary>) -> Scenario<'a> {
    let rank = |variant: &str| VARIANTS.iter().position(|begin| variant.starts_with(begin));
    runs.sort_by_key(|run| {
        let variant = name::variant(&run.verdict.name);
        (rank(variant).unwrap_or(VARIANTS.len()), variant)
    });
    Scenario { name, runs }
}

impl<'a> Incident<'a> {
    /// The main scenario's name.
    pub(super) fn name(&self) -> &'a str {
        self.scenarios.first().map_or("", |main| main.name)
    }

    /// The name of its page's file, `A3-poll-eviction.md`.
    pub fn file(&self) -> String {
        format!("{}-{}.md", self.id, self.name())
    }

    /// Every run, in the order in which they are told.
    pub(super) fn runs(&self) -> impl Iterator<Item = &'a RunSummary> {
        self.scenarios.iter().flat_map(|scenario| scenario.runs.iter().copied())
    }
}
