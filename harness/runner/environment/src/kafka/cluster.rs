//! A cluster of brokers.

use serde::{Deserialize, Serialize};

use super::KafkaServer;
use crate::server::Server;

/// A running cluster: brokers, and a controller of their own. Each is killed, paused and started again by itself.
///
/// Topics have a replica on three brokers, if there are so many, and a record that was acknowledged (`acks=all`) is on two. A
/// broker that is killed is taken for alive for 6 s more; then others lead its partitions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KafkaCluster {
    /// The controller, which no client ever talks to.
    pub controller: Server,
    /// The brokers; their node ids are 1, 2, 3 and so on.
    pub brokers: Vec<KafkaServer>,
}
