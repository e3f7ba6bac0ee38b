//! What a run asks of MySQL: its databases, made from the systems' schema files.

use std::path::Path;

use mysql_async::prelude::Queryable;
use pitfall_environment::{Credentials, DatabaseServer};

use crate::error::RunError;

/// One server, past every link.
pub(crate) struct Database<'a> {
    server: &'a DatabaseServer,
    credentials: &'a Credentials,
}

impl<'a> Database<'a> {
    pub(crate) fn of(server: &'a DatabaseServer, credentials: &'a Credentials) -> Self {
        Self { server, credentials }
    }

    /// Makes a database and, in it, what the schema file says.
    pub(crate) async fn create(&self, name: &str, schema: &Path) -> Result<(), RunError> {
        let sql = std::fs::read_to_string(schema).map_err(RunError::file("read", schema))?;
        let script = format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4; USE `{name}`; {sql}");
        self.run(&script, format!("make database {name} from {}", schema.display())).await
    }

    /// Removes databases; what fails is left to the end of the environment.
    pub(crate) async fn remove(&self, names: &[String]) {
        for name in names {
            let _ = self.run(&format!("DROP DATABASE IF EXISTS `{name}`"), String::new()).await;
        }
    }

    /// Content when the database is there.
    pub(crate) async fn has(&self, name: &str) -> Result<(), String> {
        let sql = "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?";
        let failed = |error: mysql_async::Error| error.to_string();
        let mut connection = self.server.connect(self.credentials).await.map_err(failed)?;
        let count: Option<u64> = connection.exec_first(sql, (name,)).await.map_err(failed)?;
        if count == Some(1) { Ok(()) } else { Err(format!("{name} is not there")) }
    }

    async fn run(&self, sql: &str, tried: String) -> Result<(), RunError> {
        let outcome = async {
            let mut connection = self.server.connect(self.credentials).await?;
            connection.query_drop(sql).await?;
            connection.disconnect().await
        };
        let failed = |error: mysql_async::Error| {
            RunError::server(format!("{tried} on {}", self.server.address))(error.into())
        };
        outcome.await.map_err(failed)
    }
}
