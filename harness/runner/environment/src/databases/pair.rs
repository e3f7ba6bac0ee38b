//! A source–replica pair: where it is, who may enter, and how its lag is set.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use serde::{Deserialize, Serialize};

use pitfall_warden::Warden;

use super::{Flavour, users};
use crate::error::EnvironmentError;
use crate::server::Server;
use crate::wait::Started;

/// A server must answer within this.
const READY: Duration = Duration::from_secs(60);

/// A name and its password, over TCP, from any host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password, in clear: it guards nothing beyond a loopback address.
    pub password: String,
}

/// Where a server tells of every statement that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SqlErrors {
    /// In this file, with time, user, thread and database (MariaDB's plugin `sql_errlog`). Never rotated.
    Log(PathBuf),
    /// To who asks the server itself: MySQL in `performance_schema.events_statements_history_long`, MariaDB in the plugin's file,
    /// which `LOAD_FILE` reads.
    Server,
}

/// One database server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabaseServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// What can be done to it.
    pub server: Server,
    /// Its replication server id. Who follows a binlog must choose one that no other follower has.
    pub server_id: u32,
    /// Where statements that failed can be seen.
    pub sql_errors: SqlErrors,
}

/// A source and the replica that follows it, row by row, over one link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabasePair {
    /// Where changes are written. Its binlog has full rows and column names.
    pub source: DatabaseServer,
    /// Follows the source; its own binlog shows when a row arrived. `read_only`, which binds the application's user only.
    pub replica: DatabaseServer,
    /// What the replica connects to, as it sees it (`host:port`): the source's address, or that of the link in front of it.
    pub replication_link: String,
    /// Has all privileges on both servers, reading the binlog and writing to the read-only replica included.
    pub harness: Credentials,
    /// What a system under test gets: data and definitions, no administration; cannot write to the replica.
    pub application: Credentials,
    /// MySQL or MariaDB.
    pub flavour: Flavour,
    /// Such as `10.11.19-MariaDB`.
    pub version: String,
}

impl DatabaseServer {
    /// A connection as this user, without a database.
    ///
    /// # Errors
    /// When the server does not answer or refuses the user.
    pub async fn connect(&self, credentials: &Credentials) -> Result<Conn, mysql_async::Error> {
        let options = OptsBuilder::default()
            .ip_or_hostname(self.address.ip().to_string())
            .tcp_port(self.address.port())
            .user(Some(&credentials.user))
            .pass(Some(&credentials.password))
            .prefer_socket(false)
            // Known, so not asked for.
            .max_allowed_packet(Some(16 * 1024 * 1024))
            .wait_timeout(Some(28_800));
        Conn::new(options).await
    }

    /// Starts it once more after its end, with its data, at its address; returns when it answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self, warden: &Warden) -> Result<(), EnvironmentError> {
        let started = self.server.start(warden).await?;
        self.ready(&started).await
    }

    /// Waits until both users have entered. MySQL asks a user's first login for more (a key, or TLS) than the later ones.
    pub(crate) async fn ready(&self, started: &Started) -> Result<(), EnvironmentError> {
        started.until("an answer to a query", READY, || self.answers()).await
    }

    async fn answers(&self) -> Result<(), String> {
        for user in [users::harness(), users::application()] {
            let mut connection = self.connect(&user).await.map_err(|error| error.to_string())?;
            connection.query_drop("SELECT 1").await.map_err(|error| error.to_string())?;
            connection.disconnect().await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// `mysql://user:password@address/database`
    pub fn url(&self, credentials: &Credentials, database: &str) -> String {
        format!("mysql://{}:{}@{}/{database}", credentials.user, credentials.password, self.address)
    }
}

impl DatabasePair {
    /// Lets go of a pair of one's own before its owner ends: it is gone soon.
    ///
    /// # Errors
    /// When the warden is gone.
    pub async fn end(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        self.replica.server.end(warden).await?;
        self.source.server.end(warden).await
    }

    /// Makes the replica apply each change this long after the source did. The server knows whole seconds only: rounds up, and
    /// answers with the delay that holds now. The relay log is fetched anew.
    ///
    /// # Errors
    /// When the replica refuses.
    pub async fn set_replica_delay(&self, delay: Duration) -> Result<Duration, EnvironmentError> {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        let tried = format!("set a delay of {seconds} s");
        let failed = |source: mysql_async::Error| EnvironmentError::Database {
            tried: tried.clone(),
            on: format!("the replica {}", self.replica.address),
            source: Box::new(source),
        };
        let mut replica = self.replica.connect(&self.harness).await.map_err(failed)?;
        let statements = match self.flavour {
            Flavour::MariaDb => {
                ["STOP SLAVE", &format!("CHANGE MASTER TO MASTER_DELAY={seconds}"), "START SLAVE"]
            }
            Flavour::MySql => [
                "STOP REPLICA",
                &format!("CHANGE REPLICATION SOURCE TO SOURCE_DELAY={seconds}"),
                "START REPLICA",
            ],
        };
        for statement in statements {
            replica.query_drop(statement).await.map_err(failed)?;
        }
        replica.disconnect().await.map_err(failed)?;
        Ok(Duration::from_secs(seconds))
    }
}
