//! Real clients (mysql_async, sqlx, the servers' own) and real servers (MySQL, MariaDB), through a MySQL link.
//!
//! The servers are containers, started when the first case needs them; without an image its cases are listed as ignored,
//! with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used)] // it is all test
mod bench;
mod cases;
mod clients;
mod server;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

use server::Server;

/// No case takes so long.
const LIMIT: Duration = Duration::from_secs(240);

static MYSQL: Server = Server::of("pitfall/mysql:local");
static MARIADB: Server = Server::of("pitfall/mariadb:local");

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Case = (&'static str, fn(SocketAddr) -> Running);

macro_rules! cases {
    ($($file:ident: $($name:ident),+;)+) => {
        &[$($((stringify!($name), (|at| Box::pin($file::$name(at))) as fn(SocketAddr) -> Running)),+),+]
    };
}

const ON_BOTH: &[Case] = cases! {
    cases: logins_cold_and_warm, text_statements, prepared_statements, several_statements_in_one, a_big_blob_both_ways,
        a_file_of_the_clients, in_small_pieces;
    clients: sqlx_reads_many_rows;
};
const ON_MYSQL: &[Case] = cases! { clients: mysqls_own_client; };
const ON_MARIADB: &[Case] = cases! { clients: mariadbs_own_client; };

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (flavour, server, own) in [("mysql", &MYSQL, ON_MYSQL), ("mariadb", &MARIADB, ON_MARIADB)] {
        let unmet = server.unmet();
        trials.extend(ON_BOTH.iter().chain(own).map(|(name, case)| {
            let trial = Trial::test(format!("{flavour}::{name}"), move || run(case(server.address()?)));
            // Decided here and not when it runs: a skip at run time counts as a pass under cargo-nextest.
            match &unmet {
                Some(reason) => trial.with_ignored_flag(true).with_kind(format!("skipped: {reason}")),
                None => trial,
            }
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    MYSQL.stop();
    MARIADB.stop();
    conclusion.exit_code()
}

fn run(case: Running) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async { tokio::time::timeout(LIMIT, case).await });
    runtime.shutdown_background();
    done.map_err(|_| Failed::from(format!("not done within {LIMIT:?}")))
}
