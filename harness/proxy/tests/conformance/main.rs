//! The same toxic does the same thing, wherever it acts: in a link, or in a Toxiproxy proxy behind one.
//!
//! Each case runs on both kinds of link and is measured from the client. What Toxiproxy cannot be made to do alike is said by
//! the case itself. The server is a container, started when the first case needs it; without its image those cases are
//! listed as ignored, with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used)] // it is all test
mod backend;
mod bandwidth;
mod bench;
mod between;
mod down;
mod errors;
mod kafka;
mod latency;
mod limit_data;
mod passing;
mod reset_peer;
mod server;
mod slicer;
mod slow_close;
mod timeout;
mod together;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

use backend::Backend;
use server::Server;

/// No case takes so long.
const LIMIT: Duration = Duration::from_secs(120);

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Case = (&'static str, fn(Backend) -> Running);

macro_rules! cases {
    ($($file:ident: $($name:ident),+;)+) => {
        &[$($((
            concat!(stringify!($file), "::", stringify!($name)),
            (|backend| Box::pin($file::$name(backend))) as fn(Backend) -> Running,
        )),+),+]
    };
}

const ON_BOTH: &[Case] = cases! {
    latency: delays_each_direction, keeps_bandwidth, adds_up, keeps_order_under_jitter, lets_go_when_removed;
    bandwidth: takes_its_time, takes_its_time_upstream, reaches_a_high_rate, stops_everything_at_zero, lets_go_when_removed;
    slow_close: passes_data_at_once, holds_the_clients_closing, lets_go_when_removed;
    timeout: closes_a_quiet_connection, closes_a_chatty_connection, closes_on_removal;
    reset_peer: resets_an_existing_connection, resets_a_new_connection, resets_downstream, does_nothing_before_the_first_bytes,
        resets_when_removed_in_mid_clock;
    slicer: cuts_into_pieces, cuts_upstream;
    limit_data: passes_so_many_bytes, does_nothing_below;
    down: cuts_and_refuses_and_comes_up_again, counts_when_there_are_two, is_never_half;
    kafka: keeps_clients_on_the_link;
    passing: tells_nothing_without_toxics, half_closes, cannot_reach_the_upstream, gives_everything_back;
    together: names_are_unique_and_known, chance_spares_connections, toxics_come_and_go_and_no_byte_is_lost, a_full_connection_is_still_cut;
};

const ON_TOXIPROXY: &[Case] = cases! {
    between: bends_and_heals, goes_down_and_up_again, outlives_being_dropped;
    errors: nobody_is_there, somebody_does_not_answer, the_address_is_taken, the_address_is_not_ours, the_proxy_is_gone,
        the_port_is_taken_while_down, a_number_is_too_big;
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // What the driver has to say of a server that hung or has gone was an error of the link already.
        if !panic.location().is_some_and(|at| at.file().contains("toxiproxy_rust")) {
            tell(panic);
        }
    }));
    let server = Arc::new(Server::default());
    server::stop_on_signal(&server);
    let unmet = server::unmet();
    let own = ON_BOTH.iter().map(|(name, case)| {
        let case = *case;
        Trial::test(format!("own::{name}"), move || run(case(Backend::Own)))
    });
    let toxiproxy = ON_BOTH.iter().chain(ON_TOXIPROXY).map(|(name, case)| {
        let (case, server) = (*case, Arc::clone(&server));
        let trial =
            Trial::test(format!("toxiproxy::{name}"), move || run(case(Backend::Toxiproxy(server.api()?))));
        // Decided here and not when it runs: a skip at run time counts as a pass under cargo-nextest.
        match &unmet {
            Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
            None => trial,
        }
    });
    let conclusion = libtest_mimic::run(&arguments, own.chain(toxiproxy).collect());
    server.stop();
    conclusion.exit_code()
}

fn run(case: Running) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async { tokio::time::timeout(LIMIT, case).await });
    // A server that never answers holds a thread for longer than its caller waits.
    runtime.shutdown_background();
    done.map_err(|_| Failed::from(format!("not done within {LIMIT:?}")))
}
