//! The same requests get the same answers and do the same things, whether Toxiproxy itself gets them or ours.
//!
//! Each case runs on both, each time on a server of its own: a child process that is killed when the case ends. Where
//! Toxiproxy's programs are not (`ci/setup` puts them into the cache; `PITFALL_TOXIPROXY` names another folder), the cases that
//! need them are listed as ignored, with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used)] // it is all test
mod acting;
mod api;
mod changing;
mod cli;
mod driver;
mod messages;
mod own;
mod populate;
mod program;
mod proxies;
mod refusals;
mod server;
mod toxics;
mod wire;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_environment::ToxiproxyPrograms;

use server::Server;

/// No case takes so long.
const LIMIT: Duration = Duration::from_secs(120);
const OURS: &str = env!("CARGO_BIN_EXE_pitfall-proxy");

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Case = (&'static str, fn(Server) -> Running);

macro_rules! cases {
    ($($file:ident: $($name:ident),+;)+) => {
        &[$($((
            concat!(stringify!($file), "::", stringify!($name)),
            (|server| Box::pin(async move { $file::$name(&server).await })) as fn(Server) -> Running,
        )),+),+]
    };
}

const CASES: &[Case] = cases! {
    proxies: version, unknown_paths, browsers_are_sent_away, create_show_list_delete, listens_where_it_is_told,
        reads_bodies_as_go_does, refuses_bad_bodies, refuses_addresses, knows_no_other, disabled_from_the_start;
    changing: upstream, listen, enabled, nothing, refuses_bad_bodies, refuses_addresses, reset, reset_that_fails;
    populate: makes_all_or_reads_none, keeps_what_is_as_asked, replaces_what_is_not, ends_at_the_first_that_fails;
    toxics: has_usual_values, knows_all_types, reads_bodies_as_go_does, refuses, change_some, keeps_their_order, go;
    acting: passes_and_cuts_when_disabled, goes_to_another_upstream, ends_when_deleted, toxics_stay_while_disabled,
        latency_is_added_changed_and_removed, each_stream_by_itself, limits_data, timeout_ends_when_removed, chance_spares,
        resets, closes_slowly, a_changed_toxic_keeps_its_place, reset_heals;
    program: takes_a_configuration, ends_when_told;
    driver: makes_bends_and_takes_down;
};

/// Those that need Toxiproxy's command line.
const WITH_CLI: &[Case] = cases! {
    cli: makes_bends_and_deletes, says_what_is_refused;
};

/// What ours does otherwise, as its README says.
const OF_OURS: &[Case] = cases! {
    own: refuses_an_upstream_that_it_does_not_know, finds_names_with_a_slash, changes_nothing_by_halves,
        ends_connections_when_a_timeout_changes, bends_where_toxiproxy_would_stop, ends_without_its_configuration;
    messages: are_shown_as_asked_for, are_of_a_protocol, refuse_over_http, change_and_go, hold_and_let_go;
    refusals: a_commit_of_kafka, a_statement_rolls_back;
};

/// What ours does otherwise, and Toxiproxy's command line with it.
const OF_OURS_WITH_CLI: &[Case] = cases! {
    cli: adds_shows_and_deletes_messages_toxics;
};

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    let arguments = Arguments::from_args();
    let programs = ToxiproxyPrograms::find().map_err(|error| error.to_string());
    let ours = CASES.iter().chain(OF_OURS).map(|case| trial("ours", case, Ok(OURS.into())));
    let ours_with_cli = WITH_CLI
        .iter()
        .chain(OF_OURS_WITH_CLI)
        .map(|case| trial("ours", case, programs.clone().map(|_| OURS.into())));
    let theirs = CASES.iter().chain(WITH_CLI);
    let theirs =
        theirs.map(|case| trial("toxiproxy", case, programs.clone().map(|programs| programs.server)));
    libtest_mimic::run(&arguments, ours.chain(ours_with_cli).chain(theirs).collect()).exit_code()
}

fn trial(on: &str, (name, case): &Case, program: Result<std::path::PathBuf, String>) -> Trial {
    let (name, case) = (format!("{on}::{name}"), *case);
    match program {
        Ok(program) => Trial::test(name, move || run(&program, case)),
        // Decided here and not when it runs: a skip at run time counts as a pass under cargo-nextest.
        Err(reason) => {
            Trial::test(name, || Ok(())).with_ignored_flag(true).with_kind(format!("skipped: {reason}"))
        }
    }
}

fn run(program: &std::path::Path, case: fn(Server) -> Running) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        tokio::time::timeout(LIMIT, async { case(Server::start(program, &[]).await).await }).await
    });
    // A driver that is not answered holds a thread for longer than its caller waits.
    runtime.shutdown_background();
    done.map_err(|_| Failed::from(format!("not done within {LIMIT:?}")))
}
