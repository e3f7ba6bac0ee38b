//! The binlog tap.

use std::{collections::BTreeMap, time::Duration};

use mysql_async::{Conn, prelude::Queryable};
use pitfall_model::{Change, Event, Server, What};
use pitfall_recorder::{BinlogInput, BinlogTap, Tap, TapError};

use crate::{
    Named,
    world::{LIMIT, World, run},
};

pub(crate) const TRIALS: &[Named] = &[
    ("rows_are_recorded_at_their_commit", |world| Box::pin(rows_at_their_commit(world))),
    ("the_replica_has_a_binlog_too", |world| Box::pin(replica(world))),
    ("a_killed_stream_goes_on", |world| Box::pin(killed_stream(world))),
    ("a_statement_without_rows_fails_the_tap", |world| Box::pin(statement(world))),
    ("a_truncated_table_fails_the_tap", |world| Box::pin(truncated(world))),
];

pub(crate) async fn tap(world: &World, database: &str, server: Server) -> BinlogTap {
    let input = BinlogInput {
        url: if server == Server::Source { world.source() } else { world.replica() },
        server,
        databases: BTreeMap::from([(database.to_owned(), "shop".to_owned())]),
        orders: BTreeMap::from([(("shop".to_owned(), "orders".to_owned()), "order_id".to_owned())]),
    };
    BinlogTap::start(world.recorder.clone(), input).await.unwrap()
}

/// Transaction, table, change, key, order.
fn brief(event: &Event) -> Option<(u64, String, Change, String, Option<String>)> {
    match &event.what {
        What::RowChanged { database, transaction, table, change, key, .. } if database == "shop" => {
            Some((*transaction, table.clone(), *change, key.clone(), event.order.clone()))
        }
        _ => None,
    }
}

const ORDERS: &str = "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, order_id VARCHAR(20), status ENUM('placed', 'paid'))";

async fn rows_at_their_commit(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &[ORDERS, "CREATE TABLE pair (x INT, y VARCHAR(5), z INT, PRIMARY KEY (y, x))"]).await;
    let tap = tap(world, &database, Server::Source).await;
    run(
        &mut conn,
        &[
            "INSERT INTO orders VALUES (1, 'A', 'paid')",
            "BEGIN",
            "INSERT INTO orders (order_id) VALUES ('gone')",
            "ROLLBACK",
            "BEGIN",
            "INSERT INTO pair VALUES (1, 'a', 1), (2, 'b', 2)",
            "UPDATE orders SET status = 'placed'",
        ],
    )
    .await;
    // The server's position is before the open transaction.
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(world.seen(brief).len(), 1);
    run(&mut conn, &["COMMIT", "UPDATE pair SET x = 9 WHERE y = 'a'", "DELETE FROM pair WHERE y = 'b'"])
        .await;
    run(&mut conn, &["FLUSH BINARY LOGS", "DELETE FROM orders"]).await;
    tap.catch_up(LIMIT).await.unwrap();

    let seen = world.seen(brief);
    let transactions: Vec<u64> = seen.iter().map(|(transaction, ..)| *transaction).collect();
    assert!(transactions.is_sorted());
    assert_eq!((transactions[1], transactions[2]), (transactions[3], transactions[3]));
    let rest: Vec<_> = seen
        .iter()
        .map(|(_, table, change, key, order)| (&**table, *change, &**key, order.as_deref()))
        .collect();
    let expected = [
        ("orders", Change::Insert, "1", Some("A")),
        ("pair", Change::Insert, "a,1", None),
        ("pair", Change::Insert, "b,2", None),
        ("orders", Change::Update, "1", Some("A")),
        ("pair", Change::Delete, "a,1", None),
        ("pair", Change::Insert, "a,9", None),
        ("pair", Change::Delete, "b,2", None),
        ("orders", Change::Delete, "1", Some("A")),
    ];
    assert_eq!(rest, expected);
    tap.stop().await;
    tap.stop().await;
}

async fn replica(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &[ORDERS]).await;
    let tap = tap(world, &database, Server::Replica).await;
    run(&mut conn, &["INSERT INTO orders (order_id) VALUES ('A')"]).await;
    let arrived = async {
        loop {
            // Counted before the look: what comes in between ends the wait.
            let known = world.recorder.len();
            if !world.seen(brief).is_empty() {
                return;
            }
            world.recorder.changed_since(known).await;
        }
    };
    tokio::time::timeout(LIMIT, arrived).await.unwrap();
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(world.seen(brief).len(), 1);
    tap.stop().await;
}

async fn streams(conn: &mut Conn) -> Vec<u64> {
    let streams = "SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump'";
    conn.query(streams).await.unwrap()
}

async fn killed_stream(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)"]).await;
    // Never the replica's own stream, which others share.
    let others = streams(&mut conn).await;
    let tap = tap(world, &database, Server::Source).await;
    run(&mut conn, &["INSERT INTO t VALUES (1)"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    for id in streams(&mut conn).await.into_iter().filter(|id| !others.contains(id)) {
        let _ = conn.query_drop(format!("KILL {id}")).await;
    }
    run(&mut conn, &["INSERT INTO t VALUES (2)"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    let keys: Vec<_> = world.seen(brief).into_iter().map(|(_, _, _, key, _)| key).collect();
    assert_eq!(keys, ["1", "2"]);
    assert_eq!(tap.failed(), None);
    tap.stop().await;
}

async fn statement(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)"]).await;
    let tap = tap(world, &database, Server::Source).await;
    run(&mut conn, &["SET binlog_format = STATEMENT", "INSERT INTO t VALUES (1)"]).await;
    let error = tap.catch_up(Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(error, TapError::Failed { .. }), "{error}");
    assert!(tap.failed().unwrap().contains("`INSERT INTO t VALUES (1)` left no row events"));
    assert!(world.seen(brief).is_empty());
    tap.stop().await;
}

async fn truncated(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)"]).await;
    let tap = tap(world, &database, Server::Source).await;
    // Other DDL leaves the rows, or takes the table with them.
    run(&mut conn, &["ALTER TABLE t ADD COLUMN b INT", "INSERT INTO t VALUES (1, 2)"]).await;
    run(&mut conn, &["CREATE TABLE u LIKE t", "RENAME TABLE u TO v", "DROP TABLE v"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    run(&mut conn, &["TRUNCATE TABLE t"]).await;
    tap.catch_up(LIMIT).await.unwrap_err();
    assert!(tap.failed().unwrap().contains("`TRUNCATE TABLE t` left no row events"));
    assert_eq!(world.seen(brief).len(), 1);
    tap.stop().await;
}
