//! The taps against real servers, of every environment and with MySQL and MariaDB: each test has topics, groups and
//! databases of its own on the shared environment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod asked;
mod binlog;
mod columns;
mod harness;
mod kafka;
mod performance_schema;
mod sql_errors;
mod world;

use std::process::{Command, ExitCode};

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_environment::Environment;

use world::World;

/// A test by name.
type Named = (&'static str, for<'a> fn(&'a World) -> LocalBoxFuture<'a, ()>);

const DATABASES: [&[Named]; 3] = [binlog::TRIALS, columns::TRIALS, sql_errors::TRIALS];
const OTHERS: [&[Named]; 2] = [kafka::TRIALS, harness::TRIALS];
/// Of servers whose files cannot be read.
const ASKED: [&[Named]; 1] = [asked::TRIALS];
/// Of MySQL.
const MYSQL: [&[Named]; 1] = [performance_schema::TRIALS];
/// Names the image of the database servers; it is MySQL's, unless this says otherwise.
const IMAGE: &str = "PITFALL_IMAGE_MYSQL";
const MARIADB: &str = "pitfall/mariadb:local";

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    pitfall_environment::become_holder_if_asked();
    let databases = DATABASES.concat();
    let everywhere = [databases.clone(), OTHERS.concat()].concat();
    let asked = ASKED.concat();
    let in_containers = [everywhere.clone(), asked.clone()].concat();
    let mut trials: Vec<Trial> =
        everywhere.into_iter().map(|named| trial(Environment::Processes, named)).collect();
    let containers = in_containers.into_iter().map(|named| trial(Environment::Containers, named));
    let with_mysql = MYSQL.concat().into_iter().map(|named| trial(Environment::Containers, named));
    let with_mysql = with_mysql.map(unless_they_run_mariadb);
    let with_mariadb = databases.into_iter().chain(asked).map(|(name, _)| with_mariadb(name));
    trials.extend(containers.chain(with_mysql).chain(with_mariadb).map(unless_there_are_none));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(environment: Environment, (name, test): Named) -> Trial {
    Trial::test(format!("{}::{name}", environment.name()), move || {
        let runtime = tokio::runtime::Runtime::new().map_err(Failed::from)?;
        runtime.block_on(async {
            let world = World::new(environment, name).await;
            test(&world).await;
        });
        // A consumer's thread must not hold up the others.
        runtime.shutdown_background();
        Ok(())
    })
}

/// The image is chosen by a variable, so in a process of its own.
fn with_mariadb(name: &'static str) -> Trial {
    Trial::test(format!("containers-mariadb::{name}"), move || {
        let output = Command::new("/proc/self/exe")
            .env(IMAGE, MARIADB)
            .args(["--exact", &format!("{}::{name}", Environment::Containers.name())])
            .output()?;
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(text.contains("1 passed") && output.status.success(), "{text}");
        Ok(())
    })
}

fn unless_there_are_none(trial: Trial) -> Trial {
    let reason = std::env::var("PITFALL_NO_CONTAINERS").ok();
    skipped_for(reason.filter(|reason| !reason.is_empty()), trial)
}

fn unless_they_run_mariadb(trial: Trial) -> Trial {
    let image = std::env::var(IMAGE).ok().filter(|image| image.contains("mariadb"));
    skipped_for(image.map(|image| format!("{IMAGE} is {image}")), trial)
}

/// Decided when tests are listed, so that a test that could not run is never counted as passed.
fn skipped_for(reason: Option<String>, trial: Trial) -> Trial {
    match reason {
        Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
        None => trial,
    }
}
