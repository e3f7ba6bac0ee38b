//! Real servers for a run: Kafka, a MySQL source and its lagging replica, as processes or as containers.
//!
//! [`Environment::start_shared`] gives one environment to all test processes of a user, through the warden;
//! [`Environment::start_pair`], [`Environment::start_kafka`] and [`Environment::start_cluster`] give servers of one's own, for a run that does something to
//! them. [`check_installation`] says what processes lack without starting anything. Everything is reached at a loopback
//! address of its own and ends with its owner.

#![cfg_attr(test, allow(clippy::expect_used))]

mod cache;
mod clock;
mod containers;
mod databases;
mod error;
mod installation;
mod kafka;
mod loopback;
mod processes;
mod server;
mod start;
mod timing;
mod wait;

pub use cache::root as cache_directory;
pub use containers::{
    PlatformContainer, RunContainer, RunNetwork, become_holder_if_asked, start_platform, start_toxiproxy,
};
pub use databases::{Credentials, DatabasePair, DatabaseServer, Flavour, SqlErrors};
pub use error::{EnvironmentError, Evidence};
pub use installation::{
    DatabaseVersion, KafkaPrograms, ToxiproxyPrograms, Versions, check_installation, find_kafka_programs,
};
pub use kafka::{KafkaCluster, KafkaServer};
pub use server::Server;
pub use start::{Environment, LinkError, ReplicationEnds, ReplicationLink, SharedEnvironment, direct};
pub use timing::Part;
