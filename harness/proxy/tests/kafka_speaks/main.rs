//! What a link says to real clients (librdkafka) of a real broker, and what it keeps from it. Needs what `ci/setup` installs.
#![allow(clippy::unwrap_used, missing_docs)] // it is all test

mod bench;
mod commits;
mod others;
mod produce;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use bench::Broker;

const LIMIT: Duration = Duration::from_secs(60);

type Test = fn(&'static Broker) -> Pin<Box<dyn Future<Output = ()>>>;

const TESTS: &[(&str, Test)] = &[
    ("a_refused_commit_never_happens", |broker| Box::pin(commits::refused(broker))),
    ("a_commit_that_happens_is_answered_by_an_error", |broker| Box::pin(commits::answered(broker))),
    ("a_commit_is_held_back", |broker| Box::pin(commits::held_back(broker))),
    ("a_commit_is_held_back_after_it_has_happened", |broker| Box::pin(commits::held_back_after(broker))),
    ("only_commits_of_one_partition_are_refused", |broker| Box::pin(commits::one_partition(broker))),
    ("a_commit_is_cut_off_before_the_broker_has_it", |broker| Box::pin(commits::cut(broker))),
    ("two_clients_commit_at_once", |broker| Box::pin(commits::together(broker))),
    ("what_is_no_change_for_kafka_is_said", |broker| Box::pin(commits::not_done(broker))),
    ("a_plain_producer_doubles_a_record", |broker| Box::pin(produce::doubled(broker))),
    ("an_idempotent_producer_does_not", |broker| Box::pin(produce::kept_single(broker))),
    ("only_records_for_one_partition_are_refused", |broker| Box::pin(produce::one_partition(broker))),
    ("a_producer_is_throttled", |broker| Box::pin(produce::throttled(broker))),
    ("a_consumer_outlives_a_refusal_of_each_kind", |broker| Box::pin(others::outlived(broker))),
    ("a_consumer_of_the_newer_protocol_does_too", |broker| Box::pin(others::outlived_newer(broker))),
];

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let runtime: &'static Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
    let broker: &'static Broker = Box::leak(Box::default());
    let trial = |(name, test): &(&'static str, Test)| {
        let test = *test;
        Trial::test(*name, move || {
            runtime.block_on(test(broker));
            Ok::<(), Failed>(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), TESTS.iter().map(trial).collect()).exit_code()
}
