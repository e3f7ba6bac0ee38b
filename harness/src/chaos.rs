//! The chaos test target: scenario files as tests, with libtest's own command line.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use libtest_mimic::{Failed, Trial};
use pitfall_model::Scaling;
use pitfall_runner::{Engine, Settings};

use crate::{
    command_line::CommandLine,
    load::{self, Case},
    session::Session,
    trial,
};

/// Runs every scenario in `folder` (relative to the package) against the systems whose `pitfall.toml` is in it.
///
/// To be called first in `main` of a test target with `harness = false`.
pub fn chaos(folder: impl Into<PathBuf>) -> ExitCode {
    Chaos::new(folder).run()
}

/// A chaos test target that is more than [`chaos`].
#[derive(Debug, Clone)]
pub struct Chaos {
    scenarios: PathBuf,
    systems: Vec<PathBuf>,
    matrix: bool,
}

impl Chaos {
    /// Scenarios (and `pitfall.toml` files) are looked for in `folder` and below, relative to the package.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let scenarios = folder.into();
        Self { systems: vec![scenarios.clone()], scenarios, matrix: false }
    }

    /// `pitfall.toml` files are looked for in `folder` and below too.
    pub fn systems(mut self, folder: impl Into<PathBuf>) -> Self {
        self.systems.push(folder.into());
        self
    }

    /// Verdicts are told together at the end, as a matrix of variants and guarantees, and not compared with snapshots: what each
    /// variant declares is all that is expected of it.
    pub fn matrix(mut self) -> Self {
        self.matrix = true;
        self
    }

    /// Parses the command line, runs what it asks for, and says how it ended.
    pub fn run(self) -> ExitCode {
        pitfall_runner::become_helper_if_asked();
        let typed = CommandLine::of_process();
        let package = package();
        let systems: Vec<PathBuf> = self.systems.iter().map(|folder| package.join(folder)).collect();
        let scenarios = package.join(&self.scenarios);
        let cases = match load::cases(&scenarios, &systems, typed.scaling()) {
            Ok(cases) => cases,
            Err(errors) => {
                for error in &errors {
                    eprintln!("{error}\n");
                }
                eprintln!("nothing was started: {} error(s) in scenario files", errors.len());
                return ExitCode::from(2);
            }
        };
        // They are of the scenarios' own scale.
        let has_snapshots = !self.matrix && typed.scaling() == Scaling::Own;
        let snapshots = has_snapshots.then(|| scenarios.join("snapshots"));
        match Shared::new(snapshots) {
            Ok(shared) => {
                let shared = Arc::new(shared);
                let cases = longest_first(cases);
                let trials = cases.into_iter().map(|case| shared.trial(case)).collect();
                let conclusion = libtest_mimic::run(typed.libtest(), trials);
                if self.matrix && !typed.libtest().list {
                    let (right, wrong) = (conclusion.num_passed, conclusion.num_failed);
                    eprintln!("{}\n", pitfall_report::matrix(&shared.session.verdicts()));
                    eprintln!("{right} as declared, {wrong} not");
                }
                shared.session.finish();
                conclusion.exit_code()
            }
            Err(error) => {
                eprintln!("cannot start: {error}");
                ExitCode::from(2)
            }
        }
    }
}

/// What the trials of this process share. Making it starts nothing.
struct Shared {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    session: Arc<Session>,
    /// Where accepted verdicts are kept, if they are.
    snapshots: Option<PathBuf>,
}

impl Shared {
    fn new(snapshots: Option<PathBuf>) -> std::io::Result<Self> {
        let bin = bin()?;
        let session = Arc::new(Session::new(&bin)?);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let interrupted = Arc::clone(&session);
        runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                // The warden sees our end and clears up.
                eprintln!("\ninterrupted: servers and consumers are being stopped");
                interrupted.finish();
                std::process::exit(130);
            }
        });
        Ok(Self {
            runtime,
            engine: Engine::new(Settings::chosen().map_err(std::io::Error::other)?, bin.clone()),
            session,
            snapshots,
        })
    }

    fn trial(self: &Arc<Self>, case: Case) -> Trial {
        let shared = Arc::clone(self);
        let unmet = case.unscaled().or_else(|| self.engine.settings().unmet(&case.plan));
        let trial = Trial::test(case.name(), move || {
            let run = trial::run(&case, &shared.engine, &shared.session, shared.snapshots.as_deref());
            shared.runtime.block_on(run).map_err(Failed::from)
        });
        // Decided here and not when it runs: a skip at run time counts as a pass under cargo-nextest.
        match unmet {
            Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
            None => trial,
        }
    }
}

/// Those that run alone, while nothing else is under way; then sweeps, each many runs, and those that start a cluster; then the
/// others beside these.
fn longest_first(mut cases: Vec<Case>) -> Vec<Case> {
    cases.sort_by_key(|Case { plan, .. }| {
        (!plan.needs.alone, plan.sweep.is_none(), !plan.needs.own_cluster())
    });
    cases
}

/// Cargo sets it for tests it runs; a test binary started by hand runs where it stands.
fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// `target/debug` for a test binary in `target/debug/deps`.
fn bin() -> std::io::Result<PathBuf> {
    let folder = std::env::current_exe()?.parent().map(PathBuf::from).unwrap_or_default();
    Ok(if folder.ends_with("deps") { folder.parent().map(PathBuf::from).unwrap_or_default() } else { folder })
}
