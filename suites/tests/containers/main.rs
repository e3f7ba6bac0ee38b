//! The chaos test target driven as a person would, where containers are: consumers shipped as images, and nothing left
//! behind. Needs a Docker engine and the images of `ci/images`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod endings;
mod images;
#[path = "../driven/project.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod project;

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let trials = [images::TRIALS, endings::TRIALS].concat().into_iter().map(|(name, test)| {
        let trial = Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        });
        // Decided when tests are listed, so that a test that could not run is never counted as passed.
        match std::env::var("PITFALL_NO_CONTAINERS").ok().filter(|reason| !reason.is_empty()) {
            Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
            None => trial,
        }
    });
    let mut arguments = Arguments::from_args();
    // Each starts servers of its own.
    arguments.test_threads.get_or_insert(2);
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// What `docker` says.
fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().expect("docker is installed");
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
