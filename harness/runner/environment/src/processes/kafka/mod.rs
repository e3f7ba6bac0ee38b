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

/// Clients', controllers'.
pub(crate) const PORTS: &[u16] = &[9092, 9093];

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
    clock.note("Kafka: copy", copy(&template, &directory)).await?;
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

async fn copy(template: &std::path::Path, directory: &std::path::Path) -> Result<(), EnvironmentError> {
    let (from, to) = (template.join(config::DATA), directory.join(config::DATA));
    let failed =
        |why: String| EnvironmentError::Data { server: "Kafka".into(), path: directory.to_owned(), why };
    tokio::task::spawn_blocking(move || cache::copy(&from, &to))
        .await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))
}
