//! The error tap on MySQL: what the ring of statements may do to it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mysql_async::{Conn, Opts, prelude::Queryable};
use pitfall_environment::{Environment, direct};
use pitfall_recorder::{SqlErrorsInput, SqlErrorsSource, SqlErrorsTap, Tap, TapError};
use pitfall_warden::Owner;
use tokio::runtime::{Builder, Handle};

use crate::{
    Named,
    sql_errors::{tap, told},
    world::{LIMIT, World, run},
};

pub(crate) const TRIALS: &[Named] = &[
    ("failures_survive_a_flood_of_statements", |world| Box::pin(flood(world))),
    ("lost_statements_fail_the_error_tap", |world| Box::pin(lost(world))),
    ("a_running_statement_is_waited_for_but_not_long", |world| Box::pin(running(world))),
    ("a_history_that_is_off_is_refused", |world| Box::pin(off(world))),
];

const RING: &str = "SELECT @@performance_schema_events_statements_history_long_size";

async fn flood(world: &World) {
    let (mut conn, _) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)"]).await;
    let ring: usize = conn.query_first(RING).await.unwrap().unwrap();
    let tap = tap(world, world.sql_errors()).await;
    let mut failed = 0;
    for number in 0..ring * 2 {
        if number % 1_000 == 0 {
            conn.query_drop("INSERT INTO t VALUES (1)").await.unwrap_err();
            failed += 1;
            // A busy server, not one that fills the ring while a busy machine leaves the tap no time at all.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        conn.query_drop("DO 1").await.unwrap();
    }
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(told(world).len(), failed);
    tap.stop().await;
}

async fn lost(world: &World) {
    let (mut conn, _) = world.database().await;
    let ring: usize = conn.query_first(RING).await.unwrap().unwrap();
    let tap = tap(world, world.sql_errors()).await;
    tap.catch_up(LIMIT).await.unwrap();
    // Every thread that the tap could run on is busy until the ring has gone round.
    let url = world.source();
    let flood = thread::spawn(move || {
        let flood = async {
            let mut conn = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
            for _ in 0..ring + 1_000 {
                conn.query_drop("DO 1").await.unwrap();
            }
        };
        Builder::new_current_thread().enable_all().build().unwrap().block_on(flood);
    });
    let flood = Arc::new(flood);
    for _ in 0..Handle::current().metrics().num_workers() {
        let flood = flood.clone();
        tokio::spawn(async move {
            while !flood.is_finished() {
                thread::sleep(Duration::from_millis(10));
            }
        });
    }
    let error = tap.catch_up(2 * LIMIT).await.unwrap_err();
    assert!(matches!(error, TapError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("performance_schema_events_statements_history_long_size"), "{error}");
    assert!(tap.failed().is_some());
    tap.stop().await;
}

async fn running(world: &World) {
    let (mut conn, database) = world.database().await;
    let tap = tap(world, world.sql_errors()).await;
    let mut other = world.connect().await;
    run(&mut other, &[&format!("USE {database}")]).await;
    let victim = other.id();
    let sleeps = tokio::spawn(async move { other.query_drop("SELECT SLEEP(600)").await });
    let running = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE id = {victim} AND info LIKE '%SLEEP%'"
    );
    let limited = tokio::time::timeout(LIMIT, async {
        while conn.query_first::<u64, _>(&running).await.unwrap() != Some(1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    limited.await.unwrap();
    conn.query_drop("SELECT * FROM nope").await.unwrap_err();
    let began = Instant::now();
    tap.catch_up(LIMIT).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "it could just have failed");
    assert_eq!(told(world).len(), 1);
    run(&mut conn, &[&format!("KILL {victim}")]).await;
    sleeps.await.unwrap().unwrap_err();
    tap.stop().await;
}

/// On servers of its own: others would go blind.
async fn off(world: &World) {
    let pair = Environment::Containers.start_pair(&world.warden, Owner::Client, &direct).await.unwrap();
    let url = pair.source.url(&pair.harness, "");
    let mut conn: Conn = pair.source.connect(&pair.harness).await.unwrap();
    let (off, on) = ("SET ENABLED = 'NO' WHERE NAME =", "SET ENABLED = 'YES' WHERE NAME =");
    for (table, name) in [
        ("setup_consumers", "events_statements_history_long"),
        ("setup_consumers", "thread_instrumentation"),
        ("setup_instruments", "statement/sql/insert"),
    ] {
        run(&mut conn, &[&format!("UPDATE performance_schema.{table} {off} '{name}'")]).await;
        let source = SqlErrorsSource::Server(url.clone());
        let input = SqlErrorsInput { source, databases: BTreeMap::new() };
        let error = SqlErrorsTap::start(world.recorder.clone(), input).await.unwrap_err();
        assert!(matches!(error, TapError::Unfit { .. }) && error.to_string().contains(name), "{error}");
        run(&mut conn, &[&format!("UPDATE performance_schema.{table} {on} '{name}'")]).await;
    }
}
