//! Replication: told where to connect, started, and ready when a change has arrived.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use super::{DatabasePair, Flavour};
use crate::error::EnvironmentError;
use crate::wait::Started;

const LIMIT: Duration = Duration::from_secs(30);

/// Starts it and waits until both of the replica's threads run and a change made on the source is applied.
pub(crate) async fn start(pair: &DatabasePair, replica: &Started) -> Result<(), EnvironmentError> {
    let on_replica = |source| failed("start replication", "the replica", source);
    let mut connection = pair.replica.connect(&pair.harness).await.map_err(on_replica)?;
    for statement in statements(pair) {
        connection.query_drop(statement).await.map_err(on_replica)?;
    }
    let marker = mark(pair).await.map_err(|source| failed("make a marker", "the source", source))?;
    let connection = tokio::sync::Mutex::new(connection);
    let (connection, marker) = (&connection, marker.as_str());
    replica
        .until(&format!("replication from {}", pair.replication_link), LIMIT, || async move {
            arrived(&mut *connection.lock().await, pair.flavour, marker).await
        })
        .await
}

fn statements(pair: &DatabasePair) -> [String; 2] {
    let (host, port) = pair.replication_link.rsplit_once(':').unwrap_or((&pair.replication_link, "3306"));
    let (user, password) = (&pair.harness.user, &pair.harness.password);
    match pair.flavour {
        Flavour::MariaDb => [
            format!(
                "CHANGE MASTER TO MASTER_HOST='{host}', MASTER_PORT={port}, MASTER_USER='{user}', \
                 MASTER_PASSWORD='{password}', MASTER_SSL=0, MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, \
                 MASTER_HEARTBEAT_PERIOD=1"
            ),
            "START SLAVE".into(),
        ],
        Flavour::MySql => [
            format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='{host}', SOURCE_PORT={port}, SOURCE_USER='{user}', \
                 SOURCE_PASSWORD='{password}', SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1, SOURCE_AUTO_POSITION=1, \
                 SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=0, SOURCE_HEARTBEAT_PERIOD=1"
            ),
            "START REPLICA".into(),
        ],
    }
}

/// Makes a change on the source; answers with the position after it.
async fn mark(pair: &DatabasePair) -> Result<String, mysql_async::Error> {
    let mut source = pair.source.connect(&pair.harness).await?;
    source.query_drop("CREATE DATABASE IF NOT EXISTS pitfall").await?;
    let position = match pair.flavour {
        Flavour::MariaDb => "SELECT @@gtid_binlog_pos",
        Flavour::MySql => "SELECT @@gtid_executed",
    };
    let marker: Option<String> = source.query_first(position).await?;
    source.disconnect().await?;
    Ok(marker.unwrap_or_default())
}

async fn arrived(replica: &mut Conn, flavour: Flavour, marker: &str) -> Result<(), String> {
    let failed = |error: mysql_async::Error| error.to_string();
    let (status, [io, sql], applied) = match flavour {
        Flavour::MariaDb => (
            "SHOW SLAVE STATUS",
            ["Slave_IO_Running", "Slave_SQL_Running"],
            format!("SELECT @@gtid_slave_pos, @@gtid_slave_pos = '{marker}'"),
        ),
        Flavour::MySql => (
            "SHOW REPLICA STATUS",
            ["Replica_IO_Running", "Replica_SQL_Running"],
            format!("SELECT @@gtid_executed, GTID_SUBSET('{marker}', @@gtid_executed)"),
        ),
    };
    let applied: Option<(String, bool)> = replica.query_first(applied).await.map_err(failed)?;
    let status: Option<Row> = replica.query_first(status).await.map_err(failed)?;
    let status = status.ok_or("no replication is set up")?;
    let field = |name: &str| status.get_opt::<String, _>(name).and_then(Result::ok).unwrap_or_default();
    let (io, sql) = (field(io), field(sql));
    let (applied, has_arrived) = applied.unwrap_or_default();
    if io == "Yes" && sql == "Yes" && has_arrived {
        return Ok(());
    }
    let (io_error, sql_error) = (field("Last_IO_Error"), field("Last_SQL_Error"));
    Err(format!("IO thread {io} {io_error}, SQL thread {sql} {sql_error}, applied '{applied}' of '{marker}'"))
}

fn failed(tried: &str, on: &str, source: mysql_async::Error) -> EnvironmentError {
    EnvironmentError::Database { tried: tried.into(), on: on.into(), source: Box::new(source) }
}
