//! What is read of real clients and servers.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, TxOpts};
use pitfall_proxy::{Direction, MysqlEvent, MysqlOutcome, Toxic, ToxicKind};

use crate::bench::{Bench, changed, error, outcomes, rows};

pub(crate) const TABLE: &str =
    "CREATE TABLE orders (id BIGINT PRIMARY KEY, status VARCHAR(40), at DATETIME, note LONGBLOB)";

pub(crate) async fn logins_cold_and_warm(server: SocketAddr) {
    let bench = Bench::new(server, "logins").await;
    let mut root = bench.client().await;
    root.query_drop("DROP USER IF EXISTS cook").await.unwrap();
    root.query_drop("CREATE USER cook IDENTIFIED BY 'secret'").await.unwrap();
    let cook = || bench.options().user(Some("cook")).pass(Some("secret")).db_name(None::<String>);
    for _ in 0..2 {
        // The first is cold: with caching_sha2_password the server asks for the password itself.
        Conn::new(cook()).await.unwrap().disconnect().await.unwrap();
    }
    Conn::new(cook().pass(Some("wrong"))).await.unwrap_err();
    root.disconnect().await.unwrap();
    let events = bench.close().await;
    let cook =
        |event: &&MysqlEvent| matches!(event, MysqlEvent::Login { user, database: None } if user == "cook");
    assert_eq!(events.iter().filter(cook).count(), 2);
    let with_database = MysqlEvent::Login { user: "root".into(), database: Some("logins".into()) };
    assert!(events.contains(&with_database), "{events:#?}");
    let refused = events.iter().find_map(|event| match event {
        MysqlEvent::LoginFailed { user, error } => Some((user.as_deref(), error.code, &*error.sqlstate)),
        _ => None,
    });
    assert_eq!(refused, Some((Some("cook"), 1045, "28000")));
}

pub(crate) async fn text_statements(server: SocketAddr) {
    let bench = Bench::new(server, "texts").await;
    let mut conn = bench.client().await;
    conn.query_drop(TABLE).await.unwrap();
    conn.query_drop("INSERT INTO orders (id) VALUES (1), (2), (3)").await.unwrap();
    conn.query_drop("INSERT INTO orders (id) VALUES (3)").await.unwrap_err();
    conn.query_drop("SELEC 1").await.unwrap_err();
    let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
    transaction.query_drop("UPDATE orders SET status = 'placed'").await.unwrap();
    let ids: Vec<u64> = transaction.query("SELECT id FROM orders FOR UPDATE").await.unwrap();
    assert_eq!(ids, [1, 2, 3]);
    transaction.commit().await.unwrap();
    conn.query_drop("CREATE DATABASE IF NOT EXISTS texts2").await.unwrap();
    conn.query_drop("USE texts2").await.unwrap();
    conn.query_drop("SELECT 2").await.unwrap();
    conn.ping().await.unwrap();
    conn.reset().await.unwrap();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    assert_eq!(changed(&events, "INSERT INTO orders (id) VALUES (1)"), (3, false));
    let duplicate = error(&events, "INSERT INTO orders (id) VALUES (3)");
    assert_eq!((duplicate.code, &*duplicate.sqlstate), (1062, "23000"));
    assert!(duplicate.message.contains("Duplicate entry '3'"), "{duplicate:?}");
    let wrong = error(&events, "SELEC 1");
    assert_eq!((wrong.code, &*wrong.sqlstate), (1064, "42000"));
    assert_eq!(changed(&events, "START TRANSACTION"), (0, true));
    assert_eq!(changed(&events, "UPDATE orders"), (3, true));
    assert!(matches!(
        outcomes(&events, "SELECT id")[..],
        [MysqlOutcome::Rows { rows: 3, in_transaction: true, .. }]
    ));
    assert_eq!(changed(&events, "COMMIT"), (0, false));
    let database_of = |wanted: &str| {
        events.iter().find_map(|event| match event {
            MysqlEvent::Statement { text, database, .. } if text == wanted => database.clone(),
            _ => None,
        })
    };
    assert_eq!(database_of("SELEC 1").as_deref(), Some("texts"));
    assert_eq!(database_of("SELECT 2").as_deref(), Some("texts2"));
}

/// The parameters of each execution of a statement that begins so.
pub(crate) fn params<'a>(events: &'a [MysqlEvent], start: &str) -> Vec<&'a [String]> {
    let of = |event: &'a MysqlEvent| match event {
        MysqlEvent::Statement { text, prepared: true, params, .. } if text.starts_with(start) => {
            Some(&params[..])
        }
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

pub(crate) async fn prepared_statements(server: SocketAddr) {
    let bench = Bench::new(server, "prepareds").await;
    let mut conn = bench.client().await;
    conn.query_drop(TABLE).await.unwrap();
    let insert = conn.prep("INSERT INTO orders (id, status, at) VALUES (?, ?, ?)").await.unwrap();
    let at = mysql_async::Value::Date(2026, 11, 22, 7, 30, 0, 0);
    conn.exec_drop(&insert, (-1, "placed", at.clone())).await.unwrap();
    conn.exec_drop(&insert, (u64::from(u32::MAX), None::<String>, at.clone())).await.unwrap();
    conn.exec_drop(&insert, (-1, "x".repeat(40), at)).await.unwrap_err();
    conn.prep("SELEC ?").await.unwrap_err();
    let ids: Vec<i64> = conn.exec("SELECT id FROM orders ORDER BY id", Params::Empty).await.unwrap();
    assert_eq!(ids, [-1, 4_294_967_295]);
    conn.close(insert).await.unwrap();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    let at = "'2026-11-22 07:30:00'";
    let long = format!("'{}'", "x".repeat(40));
    let expected = [["-1", "'placed'", at], ["4294967295", "NULL", at], ["-1", &long, at]];
    assert_eq!(params(&events, "INSERT"), expected);
    let duplicate = error(&events, "INSERT");
    assert_eq!((duplicate.code, &*duplicate.sqlstate), (1062, "23000"));
    assert_eq!(rows(&events, "SELECT id"), 2);
    let failed = events.iter().find_map(|event| match event {
        MysqlEvent::Failed { request, text, error } => Some((*request, text.as_deref(), error.code)),
        _ => None,
    });
    assert_eq!(failed, Some((Some("COM_STMT_PREPARE"), Some("SELEC ?"), 1064)));
}

pub(crate) async fn several_statements_in_one(server: SocketAddr) {
    let bench = Bench::new(server, "several").await;
    let mut conn = bench.client().await;
    conn.query_drop(TABLE).await.unwrap();
    let several = "INSERT INTO orders (id) VALUES (7), (8); SELECT id FROM orders; SELECT nothing";
    conn.query_iter(several).await.unwrap().drop_result().await.unwrap_err();
    conn.query_drop("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT id FROM orders; END").await.unwrap();
    conn.query_drop("CALL p()").await.unwrap();
    conn.exec_drop("CALL p() -- prepared", ()).await.unwrap();
    conn.query_drop("SELECT 'after'").await.unwrap();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    let found = outcomes(&events, several);
    assert!(matches!(
        found[..],
        [
            MysqlOutcome::Ok { affected_rows: 2, .. },
            MysqlOutcome::Rows { rows: 2, .. },
            MysqlOutcome::Error(_)
        ]
    ));
    for call in ["CALL p()", "CALL p() -- prepared"] {
        assert!(
            matches!(
                outcomes(&events, call)[..],
                [
                    MysqlOutcome::Rows { rows: 1, .. },
                    MysqlOutcome::Rows { rows: 2, .. },
                    MysqlOutcome::Ok { .. }
                ]
            ),
            "{call}: {:?}",
            outcomes(&events, call)
        );
    }
    assert_eq!(rows(&events, "SELECT 'after'"), 1);
}

pub(crate) async fn a_big_blob_both_ways(server: SocketAddr) {
    let bench = Bench::new(server, "blobs").await;
    let mut conn = bench.client().await;
    conn.query_drop(TABLE).await.unwrap();
    let blob: Vec<u8> = (0..20_000_000u32).map(|n| (n ^ (n >> 8) ^ (n >> 16)) as u8 | 0x80).collect();
    conn.exec_drop("INSERT INTO orders (id, note) VALUES (?, ?)", (1, &blob)).await.unwrap();
    let back: Option<Vec<u8>> = conn.query_first("SELECT note FROM orders").await.unwrap();
    assert!(back.as_ref() == Some(&blob));
    let back: Option<(Vec<u8>, i64)> = conn.exec_first("SELECT note, id FROM orders", ()).await.unwrap();
    assert!(back.is_some_and(|(back, id)| back == blob && id == 1));
    let text = format!("UPDATE orders SET note = '{}'", "y".repeat(17_000_000));
    conn.query_drop(text).await.unwrap();
    conn.query_drop("SELECT 'after'").await.unwrap();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    assert_eq!(changed(&events, "INSERT"), (1, false));
    let shown = &params(&events, "INSERT")[0];
    assert!(shown[0] == "1" && shown[1].ends_with(" bytes>"), "{shown:?}");
    assert_eq!((rows(&events, "SELECT note FROM"), rows(&events, "SELECT note, id")), (1, 1));
    assert_eq!(changed(&events, "UPDATE orders SET note = 'yyy"), (1, false));
    let cut = events
        .iter()
        .any(|event| matches!(event, MysqlEvent::Statement { text, cut: true, .. } if text.len() == 1024));
    assert!(cut);
    assert_eq!(rows(&events, "SELECT 'after'"), 1);
}

pub(crate) async fn a_file_of_the_clients(server: SocketAddr) {
    let bench = Bench::new(server, "files").await;
    let mut conn = bench.client().await;
    conn.query_drop("CREATE TABLE lines_read (line VARCHAR(20))").await.unwrap();
    conn.set_infile_handler(async {
        let lines = (0..300).map(|n| Ok(format!("line {n}\n").into()));
        Ok(futures::stream::iter(lines).boxed())
    });
    conn.query_drop("LOAD DATA LOCAL INFILE 'lines' INTO TABLE lines_read").await.unwrap();
    conn.query_drop("SELECT line FROM lines_read").await.unwrap();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    assert_eq!(changed(&events, "LOAD DATA"), (300, false));
    assert_eq!(rows(&events, "SELECT line"), 300);
}

pub(crate) async fn in_small_pieces(server: SocketAddr) {
    let bench = Bench::new(server, "pieces").await;
    for direction in [Direction::Upstream, Direction::Downstream] {
        let kind = ToxicKind::Slicer { average_size: 7, size_variation: 5, delay: Duration::ZERO };
        let name = format!("knife {direction:?}");
        bench.link.add(Toxic { name, kind, direction, toxicity: 1.0 }).await.unwrap();
    }
    let mut conn = bench.client().await;
    conn.query_drop(TABLE).await.unwrap();
    conn.exec_drop("INSERT INTO orders (id, status) VALUES (?, ?)", (5, "placed")).await.unwrap();
    conn.exec_drop("INSERT INTO orders (id, status) VALUES (?, ?)", (5, "placed")).await.unwrap_err();
    conn.disconnect().await.unwrap();
    let events = bench.close().await;
    assert_eq!(params(&events, "INSERT"), [["5", "'placed'"], ["5", "'placed'"]]);
    assert_eq!(error(&events, "INSERT").code, 1062);
}
