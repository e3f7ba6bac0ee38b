//! What a link says on MySQL by itself, and what it holds: real clients (mysql_async, sqlx, packets made by hand) and real
//! servers. MariaDB runs as a process, from what `ci/setup` installs; MySQL and MariaDB also in containers, whose cases are
//! listed as ignored where there is no image, with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used)] // it is all test
mod bench;
mod clients;
mod cuts;
mod errors;
mod odd;
mod races;
mod raw;
#[path = "../mysql/server.rs"]
mod server;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use bench::{Process, Target};
use server::Server;

/// No case takes so long.
const LIMIT: Duration = Duration::from_secs(240);

static MYSQL: Server = Server::of("pitfall/mysql:local");
static MARIADB: Server = Server::of("pitfall/mariadb:local");

type Running = Pin<Box<dyn Future<Output = ()>>>;
type Case = (&'static str, fn(Target) -> Running);

macro_rules! cases {
    ($($file:ident: $($name:ident),+;)+) => {
        &[$($((stringify!($name), (|at| Box::pin($file::$name(at))) as fn(Target) -> Running)),+),+]
    };
}

const ON_ALL: &[Case] = cases! {
    errors: a_deadlock_rolls_the_transaction_back, a_lock_wait_that_times_out_undoes_its_statement,
        any_other_error_fails_its_statement;
    cuts: a_commit_that_never_came, a_commit_whose_answer_is_lost, a_late_statement, a_late_answer;
    races: two_that_look_before_they_write, two_that_ask_together;
    odd: a_change_of_user, a_cursor, executions_in_a_row, types_that_are_sent_once;
};
/// Executing what was prepared last, without knowing its id, is MariaDB's own.
const ON_MARIADB: &[Case] = cases! { odd: an_execution_before_its_preparation_is_answered; };

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let arguments = Arguments::from_args();
    let runtime: &'static Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
    let process: &'static Process = Box::leak(Box::default());
    let mut trials = Vec::new();
    for (name, case) in ON_ALL.iter().chain(ON_MARIADB) {
        trials.push(Trial::test(format!("process::{name}"), move || {
            runtime.block_on(limited(async { case(process.target().await).await }))
        }));
    }
    for (flavour, server, own) in [("mysql", &MYSQL, &[][..]), ("mariadb", &MARIADB, ON_MARIADB)] {
        let unmet = server.unmet();
        trials.extend(ON_ALL.iter().chain(own).map(|(name, case)| {
            let trial = Trial::test(format!("{flavour}::{name}"), move || {
                let target = Target::root(server.address()?);
                runtime.block_on(limited(case(target)))
            });
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

async fn limited(case: impl Future<Output = ()>) -> Result<(), Failed> {
    tokio::time::timeout(LIMIT, case).await.map_err(|_| Failed::from(format!("not done within {LIMIT:?}")))
}
