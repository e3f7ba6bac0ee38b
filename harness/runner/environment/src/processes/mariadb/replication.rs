//! Replication: told where to connect, started, and ready when a change has arrived.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use crate::error::EnvironmentError;
use crate::pair::DatabasePair;
use crate::wait::Started;

const LIMIT: Duration = Duration::from_secs(30);

/// Starts it and waits until both of the replica's threads run and a change made on the source is applied.
pub(super) async fn start(pair: &DatabasePair, replica: &Started) -> Result<(), EnvironmentError> {
    let link = pair.replication_link;
    let change = format!(
        "CHANGE MASTER TO MASTER_HOST='{}', MASTER_PORT={}, MASTER_USER='{}', MASTER_PASSWORD='{}', MASTER_SSL=0, \
         MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1",
        link.ip(),
        link.port(),
        pair.harness.user,
        pair.harness.password
    );
    let on_replica = |source| failed("start replication", "the replica", source);
    let mut connection = pair.replica.connect(&pair.harness).await.map_err(on_replica)?;
    connection.query_drop(change).await.map_err(on_replica)?;
    connection.query_drop("START SLAVE").await.map_err(on_replica)?;
    let marker = mark(pair).await.map_err(|source| failed("make a marker", "the source", source))?;
    let connection = tokio::sync::Mutex::new(connection);
    let (connection, marker) = (&connection, marker.as_str());
    replica
        .until(&format!("replication from {link}"), LIMIT, || async move {
            arrived(&mut *connection.lock().await, marker).await
        })
        .await
}

/// Makes a change on the source; answers with the position after it.
async fn mark(pair: &DatabasePair) -> Result<String, mysql_async::Error> {
    let mut source = pair.source.connect(&pair.harness).await?;
    source.query_drop("CREATE DATABASE IF NOT EXISTS pitfall").await?;
    let marker: Option<String> = source.query_first("SELECT @@gtid_binlog_pos").await?;
    source.disconnect().await?;
    Ok(marker.unwrap_or_default())
}

async fn arrived(replica: &mut Conn, marker: &str) -> Result<(), String> {
    let applied: Option<String> =
        replica.query_first("SELECT @@gtid_slave_pos").await.map_err(|error| error.to_string())?;
    let status: Option<Row> =
        replica.query_first("SHOW SLAVE STATUS").await.map_err(|error| error.to_string())?;
    let status = status.ok_or("no replication is set up")?;
    let field = |name: &str| status.get_opt::<String, _>(name).and_then(Result::ok).unwrap_or_default();
    let (io, sql) = (field("Slave_IO_Running"), field("Slave_SQL_Running"));
    if io == "Yes" && sql == "Yes" && applied.as_deref() == Some(marker) {
        return Ok(());
    }
    let applied = applied.unwrap_or_default();
    let (io_error, sql_error) = (field("Last_IO_Error"), field("Last_SQL_Error"));
    Err(format!("IO thread {io} {io_error}, SQL thread {sql} {sql_error}, applied '{applied}' of '{marker}'"))
}

fn failed(tried: &str, on: &str, source: mysql_async::Error) -> EnvironmentError {
    EnvironmentError::Database { tried: tried.into(), on: on.into(), source: Box::new(source) }
}
