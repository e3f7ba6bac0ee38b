//! One variant as a test: run, judge, tell.

use std::{fs::File, io::BufReader, path::Path, time::Instant};

use pitfall_checkers::judge;
use pitfall_model::{History, Outcome, RunVerdict, What};
use pitfall_report::RunSummary;
use pitfall_runner::Engine;

use crate::{load::Case, session::Session, snapshot};

/// Runs a variant and judges it; `Err` is what a failed test prints.
pub(crate) async fn run(
    case: &Case,
    engine: &Engine,
    session: &Session,
    snapshots: &Path,
) -> Result<(), String> {
    let name = case.name();
    let (seed, folder) = (session.seed(), session.folder(&name));
    let began = Instant::now();
    let progress = |line: &str| eprintln!("{line}");
    let recorded = engine.run(&case.plan, seed, &folder, &progress).await;
    let recorded = recorded
        .map_err(|error| format!("{name} could not be run: {error}\nrun directory: {}", folder.display()))?;
    let took = began.elapsed();
    let text =
        |error: &dyn std::fmt::Display| format!("{name}: {error}\nrun directory: {}", folder.display());
    let file = File::open(folder.join("history.jsonl")).map_err(|error| text(&error))?;
    let history = History::read(BufReader::new(file)).map_err(|error| text(&error))?;
    let verdict = judge(&history, &case.plan.judging);
    eprintln!("{}", pitfall_report::terminal_line(&verdict, took));
    let summary = RunSummary {
        verdict: verdict.clone(),
        story: case.plan.story.clone(),
        source: case.plan.source.clone(),
        date: case.plan.date.clone(),
        scale: [("time".to_owned(), case.plan.scale.time), ("volume".to_owned(), case.plan.scale.volume)]
            .into(),
        seed,
        began: began_at(&history),
        versions: recorded.versions,
        run_dir: folder.display().to_string(),
        reproduce: format!("PITFALL_SEED={seed} cargo test --test chaos -- --exact {name}"),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        ready_ms: u64::try_from(recorded.ready_in.as_millis()).unwrap_or(u64::MAX),
    };
    session.add(&folder, &summary).map_err(|error| text(&error))?;
    if verdict.outcome != Outcome::AsDeclared {
        return Err(failure(&verdict, &summary));
    }
    snapshot::assert(snapshots, &name, &pitfall_report::snapshot(&verdict))
}

fn failure(verdict: &RunVerdict, summary: &RunSummary) -> String {
    let evidence = pitfall_report::evidence(verdict);
    format!("{evidence}\nrun directory: {}\nto repeat it: {}", summary.run_dir, summary.reproduce)
}

/// The wall clock at the run's beginning, seconds since 1970.
fn began_at(history: &History) -> u64 {
    history.events.first().map_or(0, |event| match event.what {
        What::Run { began, .. } => began,
        _ => 0,
    })
}
