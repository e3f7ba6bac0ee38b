//! The error tap, wherever the server tells of its failed statements.

use std::{collections::BTreeMap, time::Duration};

use mysql_async::{Conn, prelude::Queryable};
use pitfall_model::What;
use pitfall_recorder::{SqlErrorsInput, SqlErrorsSource, SqlErrorsTap, Tap};

use crate::{
    Named,
    world::{LIMIT, World, run},
};

pub(crate) const TRIALS: &[Named] = &[
    ("failed_statements_are_recorded", |world| Box::pin(failed_statements(world))),
    ("prepared_statements_fail_too", |world| Box::pin(prepared(world))),
    ("locks_and_kills_are_failures", |world| Box::pin(locks_and_kills(world))),
    ("a_replica_refuses_writes", |world| Box::pin(read_only(world))),
    ("each_failure_is_told_once_in_order", |world| Box::pin(once_in_order(world))),
    ("an_answered_failure_is_not_missed", |world| Box::pin(at_once(world))),
];

pub(crate) async fn tap(world: &World, source: SqlErrorsSource) -> SqlErrorsTap {
    let databases = BTreeMap::from([(world.real(), "shop".to_owned())]);
    SqlErrorsTap::start(world.recorder.clone(), SqlErrorsInput { source, databases }).await.unwrap()
}

/// Code, message, statement.
pub(crate) fn told(world: &World) -> Vec<(u32, String, String)> {
    world.seen(|event| match &event.what {
        What::SqlError { code, database, message, statement } => {
            assert_eq!(database, "shop");
            Some((*code, message.clone(), statement.clone()))
        }
        _ => None,
    })
}

fn codes(world: &World) -> Vec<u32> {
    told(world).into_iter().map(|(code, ..)| code).collect()
}

async fn fails(conn: &mut Conn, statement: &str) {
    conn.query_drop(statement).await.unwrap_err();
}

/// A table `t` with row 1, and a tap that has not seen how it was made.
async fn table(world: &World) -> (Conn, String, SqlErrorsTap) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"]).await;
    fails(&mut conn, "INSERT INTO t VALUES (1) -- before").await;
    let tap = tap(world, world.sql_errors()).await;
    (conn, database, tap)
}

async fn failed_statements(world: &World) {
    let (mut conn, database, tap) = table(world).await;
    let long = format!("INSERT INTO t VALUES (1), /* {} */ (2)", "é".repeat(3000));
    for statement in ["INSERT INTO t\nVALUES (1)", &long, "SELEC 1 -- wrong", "DROP TABLE nope"] {
        fails(&mut conn, statement).await;
    }
    run(&mut conn, &["DROP TABLE IF EXISTS nope", "USE mysql"]).await;
    fails(&mut conn, "SELECT * FROM no_such_table").await;
    fails(&mut conn, &format!("SELECT * FROM {database}.nope")).await;
    tap.catch_up(LIMIT).await.unwrap();
    let seen = told(world);
    assert_eq!(codes(world), [1062, 1062, 1064, 1051, 1146], "{seen:?}");
    assert_eq!(seen[0].2, "INSERT INTO t\nVALUES (1)");
    assert!(seen[0].1.starts_with("Duplicate entry '1' for key "), "{seen:?}");
    assert!(seen[1].2.starts_with("INSERT INTO t VALUES (1), /* éé"), "{seen:?}");
    assert_eq!(seen[2].2, "SELEC 1 -- wrong");
    tap.stop().await;
    tap.stop().await;
}

async fn prepared(world: &World) {
    let (mut conn, _, tap) = table(world).await;
    for id in [1, 3, 3, 2] {
        let _ = conn.exec_drop("INSERT INTO t VALUES (?)", (id,)).await;
    }
    conn.exec_drop("INSERT INTO nope VALUES (?)", (1,)).await.unwrap_err();
    conn.exec_drop("INSERTT INTO t VALUES (?)", (1,)).await.unwrap_err();
    run(&mut conn, &["CREATE PROCEDURE p() INSERT INTO t VALUES (1)"]).await;
    fails(&mut conn, "CALL p()").await;
    tap.catch_up(LIMIT).await.unwrap();
    let seen = told(world);
    assert_eq!(codes(world), [1062, 1062, 1062, 1146, 1064, 1062], "{seen:?}");
    for (row, entry) in seen.iter().zip([1, 3, 2]) {
        assert!(row.1.starts_with(&format!("Duplicate entry '{entry}' for key ")), "{row:?}");
        assert!(row.2.starts_with("INSERT INTO t VALUES ("), "{row:?}");
    }
    tap.stop().await;
}

async fn locks_and_kills(world: &World) {
    let (mut one, database, tap) = table(world).await;
    let mut two = world.connect().await;
    run(&mut two, &[&format!("USE {database}"), "SET innodb_lock_wait_timeout = 1"]).await;
    run(&mut one, &["BEGIN", "UPDATE t SET id = 10 WHERE id = 1"]).await;
    fails(&mut two, "UPDATE t SET id = 11 WHERE id = 1 -- waits").await;

    run(&mut two, &["SET innodb_lock_wait_timeout = 50", "BEGIN", "UPDATE t SET id = 20 WHERE id = 2"]).await;
    // Each waits for the other.
    let (first, second) = tokio::join!(
        one.query_drop("UPDATE t SET id = 21 WHERE id = 2 -- circle"),
        two.query_drop("UPDATE t SET id = 12 WHERE id = 1 -- circle"),
    );
    assert!(first.is_err() != second.is_err(), "{first:?} {second:?}");
    run(&mut one, &["ROLLBACK"]).await;
    run(&mut two, &["ROLLBACK"]).await;

    run(&mut one, &["BEGIN", "UPDATE t SET id = 10 WHERE id = 1"]).await;
    let victim = two.id();
    let waits = tokio::spawn(async move { two.query_drop("DELETE FROM t WHERE id = 1 -- killed").await });
    let waiting = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE id = {victim} AND info LIKE 'DELETE%'"
    );
    tokio::time::timeout(LIMIT, async {
        while one.query_first::<u64, _>(&waiting).await.unwrap() != Some(1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    run(&mut one, &[&format!("KILL {victim}")]).await;
    waits.await.unwrap().unwrap_err();
    run(&mut one, &["ROLLBACK"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    let mut seen = told(world);
    // MariaDB's plugin writes these twice, and also that the killed client could not be answered.
    seen.retain(|(code, ..)| *code != 1160);
    seen.dedup();
    let [wait, circle, killed] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((wait.0, circle.0), (1205, 1213), "{seen:?}");
    assert!(wait.2.ends_with("waits") && circle.2.ends_with("circle"), "{seen:?}");
    // Interrupted, or the connection was killed.
    assert!([1317, 1927].contains(&killed.0) && killed.2.ends_with("killed"), "{killed:?}");
    tap.stop().await;
}

async fn read_only(world: &World) {
    let tap = tap(world, world.replica_sql_errors()).await;
    let mut conn = world.application_on_replica().await;
    let statement = format!("INSERT INTO {}.t VALUES (1)", world.real());
    fails(&mut conn, &statement).await;
    tap.catch_up(LIMIT).await.unwrap();
    let seen = told(world);
    assert_eq!(codes(world), [1290], "{seen:?}");
    assert!(seen[0].1.contains("read-only") && seen[0].2 == statement, "{seen:?}");
    tap.stop().await;
}

async fn once_in_order(world: &World) {
    const EACH: usize = 100;
    let (_conn, database, tap) = table(world).await;
    let writer = |name: char| {
        let database = database.clone();
        async move {
            let mut conn = world.connect().await;
            run(&mut conn, &[&format!("USE {database}")]).await;
            for number in 0..EACH {
                fails(&mut conn, &format!("INSERT INTO t VALUES (1) -- {name} {number}")).await;
            }
            conn.disconnect().await.unwrap();
        }
    };
    // Another run's, at the same time.
    let foreign = async {
        let mut conn = world.connect().await;
        run(&mut conn, &["USE mysql"]).await;
        for _ in 0..EACH {
            fails(&mut conn, "SELECT * FROM nope -- foreign").await;
        }
    };
    tokio::join!(writer('a'), writer('b'), writer('c'), foreign);
    tap.catch_up(LIMIT).await.unwrap();
    let seen = told(world);
    for name in ['a', 'b', 'c'] {
        let mine = format!("INSERT INTO t VALUES (1) -- {name} ");
        let numbers: Vec<usize> =
            seen.iter().filter_map(|row| row.2.strip_prefix(&mine)?.parse().ok()).collect();
        assert_eq!(numbers, (0..EACH).collect::<Vec<_>>());
    }
    assert_eq!(seen.len(), 3 * EACH);
    tap.stop().await;
}

async fn at_once(world: &World) {
    let (mut conn, _, tap) = table(world).await;
    for number in 1..=100 {
        fails(&mut conn, "INSERT INTO t VALUES (1)").await;
        tap.catch_up(LIMIT).await.unwrap();
        assert_eq!(told(world).len(), number);
    }
    tap.stop().await;
}
