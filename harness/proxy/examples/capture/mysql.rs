//! MySQL: mysql_async and sqlx with MariaDB.

use std::path::Path;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use pitfall_environment::{Environment, direct};
use pitfall_proxy::Protocol;
use pitfall_warden::{Owner, Warden};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::Failure;
use crate::relay::{Captured, emptied};

pub(crate) async fn capture(directory: &Path) -> Result<(), Failure> {
    let directory = emptied(directory)?;
    let warden = Warden::connect().await?;
    let pair = Environment::Processes.start_pair(&warden, Owner::Client, &direct).await?;
    let (user, password) = (pair.harness.user, pair.harness.password);

    let captured = Captured::open(pair.source.address, Protocol::Mysql).await?;
    let at = captured.address();
    let options = OptsBuilder::default()
        .ip_or_hostname(at.ip().to_string())
        .tcp_port(at.port())
        .user(Some(&user))
        .pass(Some(&password))
        .prefer_socket(false);
    let mut conn = Conn::new(options).await?;
    conn.query_drop("CREATE DATABASE captured").await?;
    conn.query_drop("USE captured").await?;
    conn.query_drop("CREATE TABLE orders (id BIGINT PRIMARY KEY, status VARCHAR(40), at DATETIME)").await?;
    conn.query_drop("BEGIN").await?;
    for id in 0..5 {
        let status = if id % 2 == 0 { Some("placed") } else { None };
        conn.exec_drop("INSERT INTO orders VALUES (?, ?, '2026-01-02 03:04:05')", (id, status)).await?;
    }
    if conn.query_drop("INSERT INTO orders VALUES (3, 'again', NULL)").await.is_ok() {
        return Err("a duplicate key was taken".into());
    }
    conn.query_drop("COMMIT").await?;
    let _: Vec<(i64, Option<String>)> = conn.query("SELECT id, status FROM orders").await?;
    let _: Vec<i64> = conn.exec("SELECT id FROM orders WHERE id > ? AND status = ?", (1, "placed")).await?;
    conn.query_drop("SELECT 1; UPDATE orders SET status = 'sent'; SELECT 2").await?;
    conn.ping().await?;
    if conn.exec_drop("SELECT nothing FROM nowhere", ()).await.is_ok() {
        return Err("a wrong statement was prepared".into());
    }
    conn.reset().await?;
    conn.disconnect().await?;
    captured.close(&directory, "mysql-async").await?;

    let captured = Captured::open(pair.source.address, Protocol::Mysql).await?;
    let at = captured.address();
    let options = MySqlConnectOptions::new()
        .host(&at.ip().to_string())
        .port(at.port())
        .username(&user)
        .password(&password)
        .database("captured")
        .ssl_mode(MySqlSslMode::Disabled);
    let mut conn = options.connect().await?;
    for id in 10..14_i64 {
        let insert = sqlx::query("INSERT INTO orders (id, status) VALUES (?, ?)").bind(id).bind("placed");
        insert.execute(&mut conn).await?;
    }
    let mut transaction = conn.begin().await?;
    sqlx::query("DELETE FROM orders WHERE id = ?").bind(11_i64).execute(&mut *transaction).await?;
    transaction.rollback().await?;
    sqlx::query("SELECT * FROM orders").fetch_all(&mut conn).await?;
    conn.execute("DROP DATABASE captured").await?;
    conn.close().await?;
    captured.close(&directory, "sqlx").await
}
