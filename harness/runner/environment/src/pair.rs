//! A source–replica pair: where it is, who may enter, and how its lag is set.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use serde::{Deserialize, Serialize};

use crate::error::EnvironmentError;

/// A name and its password, over TCP, from any host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The password, in clear: it guards nothing beyond a loopback address.
    pub password: String,
}

/// One database server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabaseServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process and process group; [`Warden::attach`](pitfall_warden::Warden::attach) takes it.
    pub pid: i32,
    /// Its replication server id. Who follows a binlog must choose one that no other follower has.
    pub server_id: u32,
    /// What it writes about itself.
    pub log: PathBuf,
    /// Every statement that failed, with time, user, thread and database (plugin `sql_errlog`). Never rotated.
    pub sql_errors: PathBuf,
}

/// A source and the replica that follows it, row by row, over one link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabasePair {
    /// Where changes are written. Its binlog has full rows and column names.
    pub source: DatabaseServer,
    /// Follows the source; its own binlog shows when a row arrived. `read_only`, which binds the application's user only.
    pub replica: DatabaseServer,
    /// What the replica connects to: the source's address, or that of the link in front of it.
    pub replication_link: SocketAddr,
    /// Has all privileges on both servers, reading the binlog and writing to the read-only replica included.
    pub harness: Credentials,
    /// What a system under test gets: data and definitions, no administration; cannot write to the replica.
    pub application: Credentials,
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

    /// `mysql://user:password@address/database`
    pub fn url(&self, credentials: &Credentials, database: &str) -> String {
        format!("mysql://{}:{}@{}/{database}", credentials.user, credentials.password, self.address)
    }
}

impl DatabasePair {
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
        for statement in ["STOP SLAVE", &format!("CHANGE MASTER TO MASTER_DELAY={seconds}"), "START SLAVE"] {
            replica.query_drop(statement).await.map_err(failed)?;
        }
        replica.disconnect().await.map_err(failed)?;
        Ok(Duration::from_secs(seconds))
    }
}
