//! The pair: replicates over a given link, lags when told to, keeps the application from the replica, logs what fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use pitfall_environment::{DatabasePair, direct, start_pair};
use pitfall_warden::{Owner, Warden};
use tokio::net::{TcpListener, TcpStream};

use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("databases::rows_arrive_on_the_replica", || rows_arrive_on_the_replica().boxed()),
    ("databases::replication_runs_over_the_link", || replication_runs_over_the_link().boxed()),
    ("databases::a_pair_of_ones_own_lags_alone", || a_pair_of_ones_own_lags_alone().boxed()),
    ("databases::the_application_cannot_write_to_the_replica", || read_only_for_the_application().boxed()),
    ("databases::failed_statements_are_logged", || failed_statements_are_logged().boxed()),
    ("databases::binlog_shows_full_rows", || binlog_shows_full_rows().boxed()),
];

/// A table of one's own in both servers; a connection to each.
async fn table(pair: &DatabasePair, name: &str) -> (Conn, Conn) {
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
        assert!(start.elapsed() < Duration::from_secs(10), "{statement}: {error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the row of this id is there.
async fn arrival(replica: &mut Conn, id: u32) {
    let start = Instant::now();
    let query = format!("SELECT status FROM orders WHERE id = {id}");
    while replica.query_first::<String, _>(&query).await.expect("the replica answers").is_none() {
        assert!(start.elapsed() < Duration::from_secs(10), "row {id} does not arrive");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn rows_arrive_on_the_replica() {
    let (_warden, environment) = shared().await;
    let (mut source, mut replica) = table(&environment.pair, "arrive").await;

    source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");

    arrival(&mut replica, 1).await;
}

async fn replication_runs_over_the_link() {
    let warden = Warden::connect().await.expect("the warden starts");
    let passed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&passed);
    let link = move |_, source| open_link(source, Arc::clone(&counter)).boxed();

    let pair = start_pair(&warden, Owner::Client, &link).await.expect("the pair starts");

    assert_ne!(pair.replication_link, pair.source.address);
    let before = passed.load(Ordering::SeqCst);
    let (mut source, mut replica) = table(&pair, "linked").await;
    source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");
    arrival(&mut replica, 1).await;
    assert!(passed.load(Ordering::SeqCst) > before);
}

/// A relay that counts what the source sends.
async fn open_link(
    source: SocketAddr,
    passed: Arc<AtomicUsize>,
) -> Result<SocketAddr, pitfall_environment::LinkError> {
    let listener = TcpListener::bind((source.ip(), 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((down, _)) = listener.accept().await {
            let (up, passed) = (TcpStream::connect(source).await, Arc::clone(&passed));
            tokio::spawn(async move {
                let (mut from_replica, mut to_replica) = down.into_split();
                let (mut from_source, mut to_source) = up?.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_replica, &mut to_source).await });
                let mut buffer = vec![0; 4096];
                loop {
                    let read = tokio::io::AsyncReadExt::read(&mut from_source, &mut buffer).await?;
                    if read == 0 {
                        return Ok::<(), std::io::Error>(());
                    }
                    passed.fetch_add(read, Ordering::SeqCst);
                    tokio::io::AsyncWriteExt::write_all(&mut to_replica, &buffer[..read]).await?;
                }
            });
        }
    });
    Ok(address)
}

async fn a_pair_of_ones_own_lags_alone() {
    let (warden, environment) = shared().await;
    let pair = start_pair(&warden, Owner::Client, &direct).await.expect("the pair starts");
    assert_ne!(pair.source.address, environment.pair.source.address);
    let (mut own_source, mut own_replica) = table(&pair, "lag").await;
    let (mut shared_source, mut shared_replica) = table(&environment.pair, "nolag").await;

    let delay = pair.set_replica_delay(Duration::from_millis(1500)).await.expect("the replica obeys");
    let start = Instant::now();
    for source in [&mut own_source, &mut shared_source] {
        source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");
    }

    assert_eq!(delay, Duration::from_secs(2));
    arrival(&mut shared_replica, 1).await;
    arrival(&mut own_replica, 1).await;
    // The server counts in whole seconds of its clock, so up to one less.
    assert!(start.elapsed() > Duration::from_millis(900), "{:?}", start.elapsed());
    assert_eq!((configured_delay(&pair).await, configured_delay(&environment.pair).await), (2, 0));
}

/// In seconds.
async fn configured_delay(pair: &DatabasePair) -> u32 {
    let mut replica = pair.replica.connect(&pair.harness).await.expect("it answers");
    let status: Option<mysql_async::Row> =
        replica.query_first("SHOW SLAVE STATUS").await.expect("it answers");
    status.and_then(|row| row.get("SQL_Delay")).expect("it replicates")
}

async fn read_only_for_the_application() {
    let (_warden, environment) = shared().await;
    let (_source, mut replica) = table(&environment.pair, "readonly").await;

    let refused =
        replica.query_drop("INSERT INTO orders VALUES (1, 'x')").await.expect_err("it is read-only");

    assert!(refused.to_string().contains("read-only"), "{refused}");
}

async fn failed_statements_are_logged() {
    let (_warden, environment) = shared().await;
    let (mut source, _replica) = table(&environment.pair, "errors").await;
    source.query_drop("INSERT INTO orders VALUES (1, 'x')").await.expect("it is new");
    let statement = "INSERT INTO orders VALUES (1, 'again')";
    source.query_drop(statement).await.expect_err("it is there");

    let log = std::fs::read_to_string(&environment.pair.source.sql_errors).expect("the plugin writes it");

    let database = format!("errors_{}", std::process::id());
    let line = log.lines().find(|line| line.contains(&database) && line.contains(statement));
    let line = line.unwrap_or_else(|| panic!("no line about it:\n{log}"));
    assert!(line.contains("ERROR 1062") && line.contains("app["), "{line}");
}

async fn binlog_shows_full_rows() {
    let (_warden, environment) = shared().await;
    let pair = &environment.pair;
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
