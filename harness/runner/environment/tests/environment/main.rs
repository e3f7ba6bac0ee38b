//! Real servers, started and used as a run does: one suite for every kind of environment, and for MySQL and MariaDB. Needs
//! what `ci/setup` installs; for containers a Docker engine and the images of `ci/images`.

#![allow(clippy::expect_used)] // it is all test

mod client;
mod cluster;
mod containers;
mod databases;
mod installed;
mod kafka;
mod lag;
mod lifetime;

use std::process::{Command, ExitCode};

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_environment::{Environment, SharedEnvironment, direct};
use pitfall_warden::Warden;

/// A test by name.
type Named = (&'static str, fn(Environment) -> LocalBoxFuture<'static, ()>);

/// What every environment must pass.
const CONFORMANCE: [&[Named]; 4] = [kafka::TRIALS, databases::TRIALS, lag::TRIALS, lifetime::TRIALS];
/// What containers must pass with MariaDB too; their own image is MySQL's, unless a variable says otherwise.
const DATABASES: [&[Named]; 2] = [databases::TRIALS, lag::TRIALS];
const MARIADB: &str = "pitfall/mariadb:local";

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    pitfall_environment::become_holder_if_asked();
    if let Some(role) = std::env::var_os(client::ROLE) {
        run(client::play(role.to_str().expect("roles are ASCII")));
        return ExitCode::SUCCESS;
    }
    let mut trials = Vec::new();
    for environment in [Environment::Processes, Environment::Containers] {
        let named = CONFORMANCE.concat().into_iter();
        trials.extend(named.map(|(name, test)| trial(environment, environment.name(), name, test)));
    }
    trials.extend(
        installed::TRIALS
            .iter()
            .chain(cluster::TRIALS)
            .map(|(name, test)| trial(Environment::Processes, "processes", name, *test)),
    );
    trials.extend(
        containers::TRIALS
            .iter()
            .map(|(name, test)| trial(Environment::Containers, "containers", name, *test)),
    );
    trials.extend(DATABASES.concat().into_iter().map(|(name, _)| with_mariadb(name)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(
    environment: Environment,
    kind: &str,
    name: &'static str,
    test: fn(Environment) -> LocalBoxFuture<'static, ()>,
) -> Trial {
    let trial = Trial::test(format!("{kind}::{name}"), move || {
        run(test(environment));
        Ok::<(), Failed>(())
    });
    if environment == Environment::Containers { unless_there_are_none(trial) } else { trial }
}

/// The image is chosen by a variable, so in a process of its own.
fn with_mariadb(name: &'static str) -> Trial {
    let trial = Trial::test(format!("containers-mariadb::{name}"), move || {
        let output = Command::new("/proc/self/exe")
            .env("PITFALL_IMAGE_MYSQL", MARIADB)
            .args(["--exact", &format!("containers::{name}")])
            .output()
            .expect("the test binary starts again");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(text.contains("1 passed") && output.status.success(), "{text}");
        Ok::<(), Failed>(())
    });
    unless_there_are_none(trial)
}

/// Decided when tests are listed, so that a test that could not run is never counted as passed.
fn unless_there_are_none(trial: Trial) -> Trial {
    match std::env::var("PITFALL_NO_CONTAINERS").ok().filter(|reason| !reason.is_empty()) {
        Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
        None => trial,
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

/// The environment that all tests share, and the connection that keeps it.
async fn shared(environment: Environment) -> (Warden, SharedEnvironment) {
    let warden = Warden::connect().await.expect("the warden starts");
    let started = environment.start_shared(&warden, &|_| {}, &direct).await;
    (warden, started.unwrap_or_else(|error| panic!("{error}")))
}
