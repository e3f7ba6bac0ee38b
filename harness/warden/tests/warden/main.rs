//! What the warden promises, tried on real processes that are killed for real.

#![allow(clippy::expect_used)] // it is all test
mod client;
mod ownership;
mod sharing;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    if let Some(role) = std::env::var_os("PITFALL_TEST_ROLE") {
        client::play(role.to_str().expect("roles are ASCII"));
        return ExitCode::SUCCESS;
    }
    let trials = ownership::TRIALS.iter().chain(sharing::TRIALS).map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
