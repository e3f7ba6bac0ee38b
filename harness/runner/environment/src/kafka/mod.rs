//! Kafka, however it is run: its settings, its readiness.

mod cluster;
pub(crate) mod config;
pub(crate) mod readiness;
mod wire;

use std::net::SocketAddr;

pub use cluster::KafkaCluster;
use pitfall_warden::Warden;
use serde::{Deserialize, Serialize};

use crate::error::EnvironmentError;
use crate::server::Server;

/// Clients'. Not 9092: who publishes that on all addresses (a container, say) has it on each loopback address too.
pub(crate) const PORT: u16 = 21092;
/// The controller's.
pub(crate) const CONTROLLER: u16 = 21093;
/// The cluster's id.
pub(crate) const CLUSTER: &str = "cGl0ZmFsbC1rYWZrYS0wMQ";

/// A broker that was killed is taken for alive for so long, and so cannot come back: for brokers that a run does something to, not
/// for those that a loaded machine must not fence.
pub(crate) const OWN: [&str; 2] = ["--override", "broker.session.timeout.ms=6000"];

/// No heap of gigabytes, no second compiler, no collector with threads of its own, and room to start without a collection.
pub(crate) const JVM: &[&str] = &[
    "-Xms256m",
    "-Xmn96m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.disable.jmx=true",
];

/// A running broker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KafkaServer {
    /// Its node id, by which brokers name each other to clients.
    pub node_id: i32,
    /// Where clients connect; also what it advertises.
    pub address: SocketAddr,
    /// Such as `4.3.1`.
    pub version: String,
    /// What can be done to it.
    pub server: Server,
}

impl KafkaServer {
    /// Starts it once more after its end, with its data, at its address. It is not [`KafkaServer::ready`] yet.
    ///
    /// # Errors
    /// When its process does not start.
    pub async fn start(&mut self, warden: &Warden) -> Result<(), EnvironmentError> {
        self.server.start(warden).await.map(drop)
    }

    /// Waits until groups can be used. One that was killed is taken back when its cluster has noticed its death: after up to 6 s.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn ready(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        readiness::ready(&self.server.started(warden).await?, self.address, self.node_id).await
    }
}
