//! The pair: replicates, keeps the application from the replica, tells what fails, survives what is done to it.

use std::time::{Duration, Instant};

use futures::FutureExt;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use pitfall_environment::{DatabasePair, Environment, Flavour, SqlErrors, direct};
use pitfall_warden::{Owner, Warden};

use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("databases::rows_arrive_on_the_replica", |environment| rows_arrive(environment).boxed_local()),
    ("databases::the_application_cannot_write_to_the_replica", |environment| {
        read_only(environment).boxed_local()
    }),
    ("databases::failed_statements_are_told", |environment| {
        failed_statements_are_told(environment).boxed_local()
    }),
    ("databases::binlog_shows_full_rows", |environment| binlog_shows_full_rows(environment).boxed_local()),
    ("databases::a_stopped_source_comes_back_with_port_and_data", |env| comes_back(env, true).boxed_local()),
    ("databases::a_killed_source_comes_back_with_port_and_data", |env| comes_back(env, false).boxed_local()),
    ("databases::a_paused_source_is_silent_until_it_goes_on", |environment| {
        paused(environment).boxed_local()
    }),
];

/// A table of one's own in both servers; a connection to each.
pub(crate) async fn table(pair: &DatabasePair, name: &str) -> (Conn, Conn) {
    let mut source = pair.source.connect(&pair.application).await.expect("the source answers");
    let mut replica = pair.replica.connect(&pair.application).await.expect("the replica answers");
    let name = format!("{name}_{}", std::process::id());
    source.query_drop(format!("CREATE DATABASE {name}")).await.expect("it is new");
    source.query_drop(format!("USE {name}")).await.expect("it is there");
    source.query_drop("CREATE TABLE orders (id INT PRIMARY KEY, status TEXT)").await.expect("it is new");
    until_ok(&mut replica, &format!("USE {name}")).await;
    until_ok(&mut replica, "SELECT * FROM orders").await;
    (source, replica)
}

async fn until_ok(connection: &mut Conn, statement: &str) {
    let start = Instant::now();
    while let Err(error) = connection.query_drop(statement).await {
        assert!(start.elapsed() < Duration::from_secs(30), "{statement}: {error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the row of this id is there.
pub(crate) async fn arrival(replica: &mut Conn, id: u32) {
    let start = Instant::now();
    let query = format!("SELECT status FROM orders WHERE id = {id}");
    while replica.query_first::<String, _>(&query).await.expect("the replica answers").is_none() {
        assert!(start.elapsed() < Duration::from_secs(30), "row {id} does not arrive");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn rows_arrive(environment: Environment) {
    let (_warden, started) = shared(environment).await;
    let (mut source, mut replica) = table(&started.pair, "arrive").await;

    source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");

    arrival(&mut replica, 1).await;
}

async fn read_only(environment: Environment) {
    let (_warden, started) = shared(environment).await;
    let (_source, mut replica) = table(&started.pair, "readonly").await;

    let refused =
        replica.query_drop("INSERT INTO orders VALUES (1, 'x')").await.expect_err("it is read-only");

    assert!(refused.to_string().contains("read-only"), "{refused}");
}

async fn failed_statements_are_told(environment: Environment) {
    let (_warden, started) = shared(environment).await;
    let pair = &started.pair;
    let (mut source, _replica) = table(pair, "errors").await;
    source.query_drop("INSERT INTO orders VALUES (1, 'x')").await.expect("it is new");
    let statement = "INSERT INTO orders VALUES (1, 'again')";
    source.query_drop(statement).await.expect_err("it is there");

    let database = format!("errors_{}", std::process::id());
    match &pair.source.sql_errors {
        SqlErrors::Log(path) => {
            // Other tests' statements may hold anything.
            let log = std::fs::read(path).expect("the plugin writes it");
            let log = String::from_utf8_lossy(&log);
            let line = log.lines().find(|line| line.contains(&database) && line.contains(statement));
            let line = line.unwrap_or_else(|| panic!("no line about it:\n{log}"));
            assert!(line.contains("ERROR 1062") && line.contains("app["), "{line}");
        }
        SqlErrors::Server => {
            let mut harness = pair.source.connect(&pair.harness).await.expect("it answers");
            let query = match pair.flavour {
                Flavour::MySql => {
                    "SELECT CONCAT('ERROR ', MYSQL_ERRNO, SQL_TEXT) FROM \
                     performance_schema.events_statements_history_long WHERE CURRENT_SCHEMA = ? AND ERRORS > 0"
                }
                Flavour::MariaDb => {
                    "SELECT CONCAT(LOAD_FILE(CONCAT(@@datadir, @@sql_error_log_filename)), LEFT(?, 0))"
                }
            };
            let told: Option<String> = harness.exec_first(query, (database,)).await.expect("it answers");
            let told = told.expect("it is told");
            assert!(told.contains("ERROR 1062") && told.contains(statement), "{told}");
        }
    }
}

async fn binlog_shows_full_rows(environment: Environment) {
    let (_warden, started) = shared(environment).await;
    let pair = &started.pair;
    for server in [&pair.source, &pair.replica] {
        let mut connection = server.connect(&pair.harness).await.expect("it answers");
        let settings: Option<(String, String, String, u32)> = connection
            .query_first("SELECT @@binlog_format, @@binlog_row_image, @@binlog_row_metadata, @@server_id")
            .await
            .expect("it answers");
        assert_eq!(settings, Some(("ROW".into(), "FULL".into(), "FULL".into(), server.server_id)));
        let events = connection.query::<mysql_async::Row, _>("SHOW BINLOG EVENTS LIMIT 3").await;
        assert_eq!(events.expect("the harness may read it").len(), 3);
    }
}

async fn comes_back(environment: Environment, in_order: bool) {
    let (warden, mut pair) = own(environment).await;
    let (mut source, mut replica) = table(&pair, "kept").await;
    source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");
    let address = pair.source.address;

    let server = &pair.source.server;
    if in_order { server.stop(&warden).await } else { server.kill(&warden).await }.expect("it ends");
    let connected = pair.source.connect(&pair.harness).await;
    assert!(connected.is_err(), "it answers although it has ended");
    pair.source.start_again(&warden).await.unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(pair.source.address, address);
    let mut source = pair.source.connect(&pair.application).await.expect("it answers");
    source.query_drop(format!("USE kept_{}", std::process::id())).await.expect("it is there");
    let kept: Option<String> = source.query_first("SELECT status FROM orders").await.expect("it answers");
    assert_eq!(kept.as_deref(), Some("placed"));
    source.query_drop("INSERT INTO orders VALUES (2, 'placed')").await.expect("it is stored");
    // The replica comes back to it by itself.
    arrival(&mut replica, 2).await;
}

async fn paused(environment: Environment) {
    let (warden, pair) = own(environment).await;
    let (mut source, _replica) = table(&pair, "paused").await;

    pair.source.server.pause(&warden).await.expect("it stands still");
    let query = source.query_drop("INSERT INTO orders VALUES (1, 'placed')");
    tokio::pin!(query);
    let early = tokio::time::timeout(Duration::from_secs(1), &mut query).await;
    assert!(early.is_err(), "a paused server answers");
    pair.source.server.resume(&warden).await.expect("it goes on");

    let late = tokio::time::timeout(Duration::from_secs(30), query).await;
    late.expect("it goes on").expect("nothing was lost");
}

/// A pair of one's own.
async fn own(environment: Environment) -> (Warden, DatabasePair) {
    let warden = Warden::connect().await.expect("the warden starts");
    let pair = environment.start_pair(&warden, Owner::Client, &direct).await;
    (warden, pair.unwrap_or_else(|error| panic!("{error}")))
}
