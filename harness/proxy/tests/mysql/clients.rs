//! What is read of other clients.

use std::net::SocketAddr;

use futures::{StreamExt, TryStreamExt};
use pitfall_proxy::MysqlEvent;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{Connection, Row};

use crate::bench::{Bench, changed, error, rows};
use crate::cases::{TABLE, params};
use crate::server::{PASSWORD, docker};
use crate::{MARIADB, MYSQL};

pub(crate) async fn sqlx_reads_many_rows(server: SocketAddr) {
    let bench = Bench::new(server, "many").await;
    let at = bench.link.address();
    let options = MySqlConnectOptions::new().host(&at.ip().to_string()).port(at.port());
    let options = options.username("root").password(PASSWORD).database(&bench.database);
    let mut conn = sqlx::MySqlConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(TABLE).execute(&mut conn).await.unwrap();
    let mut transaction = conn.begin().await.unwrap();
    let digits = "(SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
                  UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let fill = format!(
        "INSERT INTO orders (id, status) SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n, REPEAT('x', a.n) \
         FROM {digits} a, {digits} b, {digits} c, {digits} d"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let text = sqlx::raw_sql("SELECT id, status FROM orders").fetch(&mut conn);
    assert_eq!(text.map(Result::unwrap).count().await, 10_000);
    let binary = sqlx::query("SELECT status, id FROM orders WHERE id >= ?").bind(10);
    let binary: Vec<i64> =
        binary.fetch(&mut conn).map_ok(|row| row.get::<i64, _>("id")).try_collect().await.unwrap();
    assert_eq!(binary.len(), 9990);
    let duplicate = sqlx::query("INSERT INTO orders (id) VALUES (?)").bind(9999);
    duplicate.execute(&mut conn).await.unwrap_err();
    conn.close().await.unwrap();
    let events = bench.close().await;
    assert_eq!(changed(&events, "INSERT INTO orders (id, status)"), (10_000, true));
    assert_eq!(changed(&events, "COMMIT"), (0, false));
    assert_eq!(rows(&events, "SELECT id, status"), 10_000);
    assert_eq!(rows(&events, "SELECT status, id"), 9990);
    assert_eq!(params(&events, "SELECT status, id"), [["10"]]);
    assert_eq!(error(&events, "INSERT INTO orders (id) VALUES (?)").code, 1062);
}

/// MySQL's client claims query attributes whether they are offered or not.
pub(crate) async fn mysqls_own_client(server: SocketAddr) {
    // Without TLS it has to be told that it may ask for the key by which it sends its password.
    own_client(server, MYSQL.image, "mysql", &["--get-server-public-key"]).await;
}

pub(crate) async fn mariadbs_own_client(server: SocketAddr) {
    own_client(server, MARIADB.image, "mariadb", &[]).await;
}

async fn own_client(server: SocketAddr, image: &str, program: &str, options: &[&str]) {
    let bench = Bench::new(server, "own_client").await;
    let (entrypoint, port) =
        (format!("--entrypoint={program}"), format!("--port={}", bench.link.address().port()));
    let run = ["run", "--rm", "--network=host", &entrypoint, image, "--host=127.0.0.1", &port, "--user=root"];
    let (password, database) = (format!("--password={PASSWORD}"), "--database=own_client");
    let sql =
        "SELECT 1 UNION SELECT 2; CREATE TABLE t (id INT); INSERT INTO t VALUES (4), (5); SELECT nothing";
    let rest = [&password, database, "--force", "--execute", sql];
    let arguments: Vec<String> =
        [&run[..], options, &rest].concat().iter().map(|&argument| argument.to_owned()).collect();
    let running = tokio::task::spawn_blocking(move || {
        docker(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let said = running.await.unwrap();
    let events = bench.close().await;
    assert!(events.iter().any(|event| matches!(event, MysqlEvent::Login { .. })), "{said:?} {events:#?}");
    assert_eq!(rows(&events, "SELECT 1"), 2);
    assert_eq!(changed(&events, "INSERT"), (2, false));
    assert_eq!(error(&events, "SELECT nothing").code, 1054);
}
