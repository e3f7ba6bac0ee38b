//! MySQL and MariaDB, however they are run: settings, users, replication.

pub(crate) mod options;
mod pair;
pub(crate) mod replication;
pub(crate) mod users;

use serde::{Deserialize, Serialize};

pub use pair::{Credentials, DatabasePair, DatabaseServer, SqlErrors};

/// The source's, the replica's. Not 3306, for the same reason as Kafka's.
pub(crate) const PORTS: [u16; 2] = [21306, 21307];

/// Which server it is: they differ in settings and in the statements of replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// MySQL, 8.4 or newer.
    MySql,
    /// MariaDB, 10.5 or newer.
    MariaDb,
}

impl std::fmt::Display for Flavour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Flavour::MySql => "MySQL",
            Flavour::MariaDb => "MariaDB",
        })
    }
}

/// What a server of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Source,
    Replica,
}

impl Role {
    /// In messages, and of its directory or container.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Source => "source",
            Role::Replica => "replica",
        }
    }

    pub(crate) fn server_id(self) -> u32 {
        match self {
            Role::Source => 1,
            Role::Replica => 2,
        }
    }

    pub(crate) fn port(self) -> u16 {
        match self {
            Role::Source => PORTS[0],
            Role::Replica => PORTS[1],
        }
    }
}
