//! The taps against real servers: each test has topics, groups and databases of its own on the shared environment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod binlog;
mod harness;
mod kafka;
mod sql_errors;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use world::World;

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    let arguments = Arguments::from_args();
    let trials = vec![
        trial("rows_are_recorded_at_their_commit", |world| Box::pin(binlog::rows_at_their_commit(world))),
        trial("the_replica_has_a_binlog_too", |world| Box::pin(binlog::replica(world))),
        trial("a_killed_stream_goes_on", |world| Box::pin(binlog::killed_stream(world))),
        trial("a_statement_without_rows_fails_the_tap", |world| Box::pin(binlog::statement(world))),
        trial("messages_are_read_back", |world| Box::pin(kafka::messages(world))),
        trial("commits_are_read_from_the_broker", |world| Box::pin(kafka::commits(world))),
        trial("transactions_count_when_committed", |world| Box::pin(kafka::transactions(world))),
        trial("failed_statements_are_recorded", |world| Box::pin(sql_errors::failed_statements(world))),
        trial("processes_logs_and_stalls", |world| Box::pin(harness::processes_logs_and_stalls(world))),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

type Test = for<'a> fn(&'a World) -> futures::future::LocalBoxFuture<'a, ()>;

fn trial(name: &'static str, test: Test) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Runtime::new().map_err(Failed::from)?;
        runtime.block_on(async {
            let world = World::new(name).await;
            test(&world).await;
        });
        // A consumer's thread must not hold up the others.
        runtime.shutdown_background();
        Ok(())
    })
}
