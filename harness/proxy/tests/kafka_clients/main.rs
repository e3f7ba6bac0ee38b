//! Real clients of several kinds at a real broker, through a Kafka link: what the link tells is what they say that they did.
//!
//! Each produces records with every compression, consumes them in a group, commits, has a commit refused, and leaves the group.
//! Needs what `ci/setup` installs; cases whose client is missing are listed as ignored, with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // it is all test

mod connections;
mod installed;
mod program;
mod report;
mod tapped;
mod told;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use installed::{Client, Library};
use program::Bench;
use report::Report;

/// No wait takes so long.
const LIMIT: Duration = Duration::from_secs(60);
const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
/// Of each compression; enough for both partitions to have some.
const RECORDS: usize = 20;

/// The group protocols, as clients call them.
#[derive(Clone, Copy, PartialEq)]
enum Groups {
    Classic,
    /// KIP-848.
    Consumer,
}

const CASES: &[(&str, Library, Groups)] = &[
    ("java::classic", Library::Java, Groups::Classic),
    ("java::consumer", Library::Java, Groups::Consumer),
    ("java_2_8_1::classic", Library::OlderJava, Groups::Classic),
    ("confluent_kafka::classic", Library::ConfluentKafka, Groups::Classic),
    ("confluent_kafka::consumer", Library::ConfluentKafka, Groups::Consumer),
    ("aiokafka::classic", Library::Aiokafka, Groups::Classic),
];

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let arguments = Arguments::from_args();
    let runtime: &'static Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
    let bench: &'static Bench = Box::leak(Box::default());
    let trials = CASES.iter().map(|&(name, library, groups)| match Client::find(library) {
        Ok(client) => Trial::test(name, move || {
            runtime.block_on(case(bench, name, &client, groups));
            Ok::<(), Failed>(())
        }),
        // Decided here and not when it runs: a skip at run time counts as a pass under cargo-nextest.
        Err(reason) => {
            Trial::test(name, || Ok(())).with_ignored_flag(true).with_kind(format!("skipped: {reason}"))
        }
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

async fn case(bench: &Bench, name: &str, client: &Client, groups: Groups) {
    let topic = name.replace("::", "-");
    let tapped = bench.link(&topic).await;
    let (report, connections) = bench.run(client, &tapped, groups).await;
    let told = tapped.close().await;

    all_was_consumed(&report);
    told.nothing_passed_by(&report, &connections);
    told.produced(&report);
    let member = match groups {
        Groups::Classic => told.joined_synced_and_left(),
        Groups::Consumer => told.joined_and_left_by_heartbeats(),
    };
    told.committed(&report, &member);
    told.refused_a_commit();
}

/// That the client itself is right: what it produced came back.
fn all_was_consumed(report: &Report) {
    assert_eq!(report.produced.len(), RECORDS * CODECS.len(), "{report:#?}");
    assert_eq!(report.consumed, report.produced);
    assert!(report.refused && report.left, "{report:#?}");
}
