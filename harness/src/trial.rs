//! One variant as a test: run, judge, tell.

use std::{
    fs::File,
    io::BufReader,
    path::Path,
    time::{Duration, Instant},
};

use pitfall_checkers::judge;
use pitfall_model::{History, Outcome, Plan, RunVerdict, Scaling, What};
use pitfall_report::RunSummary;
use pitfall_runner::{Engine, Recorded};

use crate::{
    load::Case,
    session::Session,
    snapshot,
    sweep::{self, Swept},
};

/// A run with its verdict.
pub(crate) struct Judged {
    pub(crate) verdict: RunVerdict,
    pub(crate) history: History,
    pub(crate) recorded: Recorded,
}

/// What runs are made with.
pub(crate) struct Bench<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) seed: u64,
    pub(crate) progress: &'a (dyn Fn(&str) + Send + Sync),
}

impl Bench<'_> {
    /// Makes a plan real in a folder that does not exist yet, and judges it by what was stored there.
    pub(crate) async fn attempt(&self, plan: &Plan, folder: &Path) -> Result<Judged, String> {
        let place = format!("run directory: {}", folder.display());
        let text = |error: &dyn std::fmt::Display| format!("{}: {error}\n{place}", plan.name);
        let recorded = self.engine.run(plan, self.seed, folder, self.progress).await;
        let recorded =
            recorded.map_err(|error| format!("{} could not be run: {error}\n{place}", plan.name))?;
        let file = File::open(folder.join("history.jsonl")).map_err(|error| text(&error))?;
        let history = History::read(BufReader::new(file)).map_err(|error| text(&error))?;
        let verdict = judge(&history, &plan.judging);
        let json = pitfall_report::verdict_json(&verdict).map_err(|error| text(&error))?;
        std::fs::write(folder.join("verdict.json"), json).map_err(|error| text(&error))?;
        Ok(Judged { verdict, history, recorded })
    }
}

/// Runs a variant and judges it, and compares with its snapshot where these are kept; `Err` is what a failed test prints.
pub(crate) async fn run(
    case: &Case,
    engine: &Engine,
    session: &Session,
    snapshots: Option<&Path>,
) -> Result<(), String> {
    let (name, began) = (case.name(), Instant::now());
    let folder = session.folder(&name);
    let bench = Bench { engine, seed: session.seed(), progress: &|line: &str| eprintln!("{line}") };
    let swept = match &case.plan.sweep {
        Some(sweep) => sweep::sweep(&case.plan, sweep, &folder, &bench).await?,
        None => {
            let Judged { verdict, history, recorded } = bench.attempt(&case.plan, &folder).await?;
            Swept { verdict, history, recorded, points: Vec::new() }
        }
    };
    let took = began.elapsed().saturating_sub(swept.recorded.waited);
    eprintln!("{}", pitfall_report::terminal_line(&swept.verdict, took));
    if !swept.points.is_empty() {
        eprintln!("{}", pitfall_report::sweep_lines(&swept.points));
    }
    let summary = summary(case, session, &folder, took, swept);
    session
        .add(&folder, &summary)
        .map_err(|error| format!("{name}: {error}\nrun directory: {}", folder.display()))?;
    if summary.verdict.outcome != Outcome::AsDeclared {
        return Err(failure(&summary.verdict, &summary));
    }
    let Some(snapshots) = snapshots else { return Ok(()) };
    snapshot::assert(snapshots, &name, &pitfall_report::snapshot(&summary.verdict, &summary.points))
}

fn summary(case: &Case, session: &Session, folder: &Path, took: Duration, swept: Swept) -> RunSummary {
    let (name, plan, seed) = (case.name(), &case.plan, session.seed());
    let scaled = if case.scaling == Scaling::True { " --scale true" } else { "" };
    let command = format!("PITFALL_SEED={seed} cargo test --test {} --{scaled}", session.target());
    let scenario = name.rsplit_once("::").map_or(name.as_str(), |(scenario, _)| scenario);
    RunSummary {
        verdict: swept.verdict,
        points: swept.points,
        account: plan.account.clone(),
        instances: plan.roles.iter().map(|(role, planned)| (role.clone(), planned.instances)).collect(),
        scale: [("time".to_owned(), plan.scale.time), ("volume".to_owned(), plan.scale.volume)].into(),
        seed,
        began: began_at(&swept.history),
        versions: swept.recorded.versions,
        run_dir: folder.display().to_string(),
        reproduce: format!("{command} --exact {name}"),
        // With what ends the scenario's name: another's may begin with it.
        reproduce_scenario: format!("{command} {scenario}::"),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        ready_ms: u64::try_from(swept.recorded.ready_in.as_millis()).unwrap_or(u64::MAX),
    }
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
