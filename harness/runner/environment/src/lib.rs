//! Real servers for a run: Kafka, a MySQL source and its lagging replica.
//!
//! [`start_shared`] gives one environment to all test processes of a user, through the warden; [`start_pair`] a
//! source–replica pair of one's own, for a run that bends replication. [`check_installation`] says what is missing without
//! starting anything. Everything listens on a loopback address of its own and dies with its owner.

#![cfg_attr(test, allow(clippy::expect_used))]

mod cache;
mod error;
mod installation;
mod loopback;
mod pair;
mod processes;
mod shared;
mod timing;
mod wait;

pub use error::{EnvironmentError, Evidence};
pub use installation::{Versions, check_installation};
pub use pair::{Credentials, DatabasePair, DatabaseServer};
pub use processes::KafkaServer;
pub use shared::{LinkError, ReplicationLink, SharedEnvironment, direct, start_pair, start_shared};
pub use timing::Part;
