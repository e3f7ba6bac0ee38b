//! Kafka: one process that is broker and controller.

mod command;
mod config;
mod readiness;
mod template;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use pitfall_warden::{Owner, Warden};
use serde::{Deserialize, Serialize};

use super::Clock;
use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::Installation;

pub(crate) use template::fingerprint;

/// Clients', controllers'. Not 9092: who publishes that on all addresses (a container, say) has it on each loopback address too.
pub(crate) const PORTS: &[u16] = &[21092, 21093];

/// A running broker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KafkaServer {
    /// Where clients connect; also what it advertises.
    pub address: SocketAddr,
    /// Such as `4.3.1`.
    pub version: String,
    /// Its process and process group; [`Warden::attach`] takes it.
    pub pid: i32,
    /// What it writes about itself.
    pub log: PathBuf,
}

/// Starts a broker on a copy of the template; returns when groups can be used.
pub(crate) async fn start(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    address: Ipv4Addr,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<KafkaServer, EnvironmentError> {
    let template = clock.note("Kafka: template", template::get(warden, installation, progress)).await?;
    let directory = warden.scratch(owner.clone(), "kafka").await?;
    let copied = cache::copy("Kafka", template.join(config::DATA), directory.join(config::DATA));
    clock.note("Kafka: copy", copied).await?;
    config::write(&directory, address)?;
    progress("starting Kafka");
    let archive = command::Archive::Use(template.join(template::ARCHIVE));
    let server = command::spawn(warden, owner, installation, &directory, archive).await?;
    clock.note("Kafka: process to ready", readiness::ready(&server, address)).await?;
    Ok(KafkaServer {
        address: (address, PORTS[0]).into(),
        version: installation.kafka.version.clone(),
        pid: server.process.pid(),
        log: server.log,
    })
}
