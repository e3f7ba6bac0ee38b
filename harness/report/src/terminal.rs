//! One verdict line for the terminal.

use std::time::Duration;

use pitfall_model::{Outcome, RunVerdict, Verdict};

/// `kitchen-display::B1-lost-placed::before shows lost-message ×20, skipped-status ×20 — as declared (18.2 s)`.
pub fn terminal_line(verdict: &RunVerdict, took: Duration) -> String {
    let (name, took) = (&verdict.name, took.as_secs_f64());
    format!("{name} {} — {} ({took:.1} s)", shows(verdict), outcome(&verdict.outcome))
}

/// The anomalies shown, or else the promised guarantees that hold.
fn shows(verdict: &RunVerdict) -> String {
    let shown: Vec<String> =
        verdict.shown.iter().map(|(anomaly, count)| format!("{anomaly} ×{count}")).collect();
    if !shown.is_empty() {
        return format!("shows {}", shown.join(", "));
    }
    let holding = verdict.judgements.iter().filter(|j| j.promised && j.verdict == Verdict::Holds);
    let holding: Vec<&str> = holding.map(|judgement| judgement.guarantee.name()).collect();
    if holding.is_empty() { "shows nothing".to_owned() } else { format!("holds {}", holding.join(", ")) }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::AsDeclared => "as declared".to_owned(),
        Outcome::Failed { reasons } => format!("FAILED: {}", first(reasons)),
        Outcome::Inconclusive { reasons } => format!("INCONCLUSIVE: {}", first(reasons)),
    }
}

fn first(reasons: &[String]) -> String {
    match reasons {
        [] => "no reason given".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    }
}
