//! The table of all incidents.

use pitfall_model::{Judgement, Verdict};

use super::group::Incident;
use crate::{RunSummary, escape, name};

const HEAD: &str = "\
Incidents that happened to two teams (A and B), and ways in which a topic is misconfigured (T), each as scenarios that make it happen
again. Every page is made from the scenario and a real run of it by `ci/incidents`, and this table with them: nothing here is edited by hand.

The variants of a scenario run under the same faults; another fault of the same incident is a scenario of its own. `before` is the
system as it was, and shows the incident; `control` is that system without the incident's cause; `after` is what its team changed, judged on
what that change promises; `residual` is that change where it does not reach, or is tried; `hardened` is how one should write it.

| incident | what happened | what they did | what that left open | what the hardened form keeps |
| --- | --- | --- | --- | --- |";

/// How the names of variants begin that try what a change left open.
const RESIDUAL: &str = "residual";

/// The `README.md` beside the pages. Of an earlier one the rows of other pages stay, if `is_kept` says so of the page's file.
pub fn incident_index(
    incidents: &[Incident<'_>],
    earlier: Option<&str>,
    is_kept: impl Fn(&str) -> bool,
) -> String {
    let mut rows: Vec<(String, String)> = incidents.iter().map(|one| (one.file(), row(one))).collect();
    for line in earlier.unwrap_or_default().lines() {
        let Some(file) = linked(line) else { continue };
        if rows.iter().all(|(known, _)| known != file) && is_kept(file) {
            rows.push((file.to_owned(), line.to_owned()));
        }
    }
    rows.sort_by(|(one, _), (other, _)| name::in_order(one).cmp(&name::in_order(other)));
    let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
    format!("{HEAD}\n{}\n", rows.join("\n"))
}

/// The page that a row is of.
fn linked(row: &str) -> Option<&str> {
    let (_, link) = row.strip_prefix("| [")?.split_once("](")?;
    Some(link.split_once(')')?.0)
}

fn row(incident: &Incident) -> String {
    let story = incident.runs().next().map_or("", |run| run.account.story.as_str());
    let cells = [
        format!("[{} {}]({})", incident.id, incident.name(), incident.file()),
        cell(first_sentence(story)),
        or_none(said(incident, "after")),
        or_none(left_open(incident)),
        or_none(kept(incident)),
    ];
    format!("| {} |", cells.join(" | "))
}

/// The runs of the variants whose names begin so.
fn of<'a>(incident: &Incident<'a>, begin: &str) -> Vec<&'a RunSummary> {
    incident.runs().filter(|run| name::variant(&run.verdict.name).starts_with(begin)).collect()
}

/// What the first such variant says of itself, in a sentence.
fn said(incident: &Incident, begin: &str) -> String {
    of(incident, begin)
        .iter()
        .find_map(|run| run.account.says.as_deref())
        .map(|says| cell(first_sentence(says)))
        .unwrap_or_default()
}

/// What residuals declare: the anomalies by name, or that they hold. Each by what its scenario's name and its own have beyond the
/// incident's and `residual`.
fn left_open(incident: &Incident) -> String {
    let one = |run: &&RunSummary| {
        let (_, _, scenario) = name::parts(&run.verdict.name);
        let variant = name::variant(&run.verdict.name);
        let beyond = [beyond(scenario, incident.name()), beyond(variant, RESIDUAL)];
        let beyond: Vec<&str> = beyond.into_iter().filter(|name| !name.is_empty()).collect();
        let label = if beyond.is_empty() { RESIDUAL.to_owned() } else { beyond.join(" ") };
        let names: Vec<&str> = run.verdict.expected.iter().map(|anomaly| anomaly.name()).collect();
        let shows = if names.is_empty() { "holds".to_owned() } else { names.join(", ") };
        format!("{}: {shows}", escape::text(&label))
    };
    of(incident, RESIDUAL).iter().map(one).collect::<Vec<_>>().join("; ")
}

/// `killed` of `blocking-retry-killed`, which begins with `blocking-retry`.
fn beyond<'a>(name: &'a str, begin: &str) -> &'a str {
    name.strip_prefix(begin).unwrap_or(name).trim_start_matches('-')
}

/// The guarantees that every hardened variant that promises them keeps.
fn kept(incident: &Incident) -> String {
    let runs = of(incident, "hardened");
    let promised = || runs.iter().flat_map(|run| run.verdict.judgements.iter().filter(|j| j.promised));
    let is_kept = |judgement: &&Judgement| {
        promised().filter(|j| j.guarantee == judgement.guarantee).all(|j| j.verdict == Verdict::Holds)
    };
    let mut names: Vec<&str> = Vec::new();
    for judgement in promised().filter(is_kept) {
        if !names.contains(&judgement.guarantee.name()) {
            names.push(judgement.guarantee.name());
        }
    }
    names.join(", ")
}

/// Up to the first full stop that a word follows.
fn first_sentence(text: &str) -> &str {
    let ends = |(at, _): &(usize, &str)| text[at + 1..].starts_with(char::is_whitespace);
    text.match_indices('.').find(ends).map_or(text, |(at, _)| &text[..=at])
}

/// Markdown on one line that does not end its cell.
fn cell(markdown: &str) -> String {
    markdown.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn or_none(text: String) -> String {
    if text.is_empty() { "—".to_owned() } else { text }
}
