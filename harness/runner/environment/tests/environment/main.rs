//! Real servers, started and used as a run does. Needs what `ci/setup` installs.

#![allow(clippy::expect_used)] // it is all test

mod databases;
mod faults;
mod kafka;
mod lifetime;

use std::process::ExitCode;

use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_environment::{SharedEnvironment, direct, start_shared};
use pitfall_warden::Warden;

/// A test by name.
type Named = (&'static str, fn() -> BoxFuture<'static, ()>);

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    match std::env::var("PITFALL_TEST_ROLE").as_deref() {
        Ok("pair") => {
            run(faults::pair());
            return ExitCode::SUCCESS;
        }
        Ok(_) => {
            run(lifetime::client());
            return ExitCode::SUCCESS;
        }
        Err(_) => {}
    }
    let all = [kafka::TRIALS, databases::TRIALS, lifetime::TRIALS, faults::TRIALS].concat();
    let trials = all.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            run(test());
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

/// The environment that all tests share, and the connection that keeps it.
async fn shared() -> (Warden, SharedEnvironment) {
    let warden = Warden::connect().await.expect("the warden starts");
    let environment = start_shared(&warden, &|_| {}, &direct).await.unwrap_or_else(|error| panic!("{error}"));
    (warden, environment)
}
