//! The error log tap.

use std::collections::BTreeMap;

use mysql_async::prelude::Queryable;
use pitfall_model::What;
use pitfall_recorder::{SqlErrorsInput, SqlErrorsTap, Tap};

use crate::world::{LIMIT, World, run};

pub(crate) async fn failed_statements(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)"]).await;
    let input = SqlErrorsInput {
        path: world.servers.pair.source.sql_errors.clone(),
        databases: BTreeMap::from([(database.clone(), "shop".to_owned())]),
    };
    let tap = SqlErrorsTap::start(world.recorder.clone(), input).await.unwrap();
    let long = format!("INSERT INTO t VALUES (1), /* {} */ (2)", "x".repeat(3000));
    for statement in ["INSERT INTO t\nVALUES (1)", &long] {
        conn.query_drop(statement).await.unwrap_err();
    }
    run(&mut conn, &["USE mysql"]).await;
    conn.query_drop("SELECT * FROM no_such_table").await.unwrap_err();
    conn.query_drop(format!("SELECT * FROM {database}.nope")).await.unwrap_err();
    tap.catch_up(LIMIT).await.unwrap();
    let seen = world.seen(|event| match &event.what {
        What::SqlError { code, database, statement, .. } => {
            Some((*code, database.clone(), statement.clone()))
        }
        _ => None,
    });
    assert_eq!(seen.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [1062, 1062, 1146]);
    assert!(seen.iter().all(|(_, database, _)| database == "shop"));
    assert_eq!(seen[0].2, "INSERT INTO t\nVALUES (1)");
    tap.stop().await;
}
