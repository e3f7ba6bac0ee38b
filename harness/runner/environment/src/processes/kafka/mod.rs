//! Kafka: one process that is broker and controller, or a cluster of several.

mod cluster;
mod command;
mod settings;
mod template;

use std::net::Ipv4Addr;

use pitfall_warden::{Owner, Warden};

use super::program::Spawned;
use crate::cache;
use crate::clock::Clock;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::kafka::{CONTROLLER, KafkaServer, PORT};

pub(crate) use cluster::start as start_cluster;
pub(crate) use template::fingerprint;

pub(crate) const PORTS: &[u16] = &[PORT, CONTROLLER];

/// Where and for whom a broker is started.
pub(crate) struct Place<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) address: Ipv4Addr,
    /// Overrule settings.
    pub(crate) arguments: &'a [&'a str],
}

/// Starts a broker on a copy of the template; returns when groups can be used.
pub(crate) async fn start(
    warden: &Warden,
    installation: &Installation,
    place: Place<'_>,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<KafkaServer, EnvironmentError> {
    let Place { owner, address, arguments } = place;
    let template = clock.note("Kafka: template", template::get(warden, installation, progress)).await?;
    let directory = warden.scratch(owner.clone(), "kafka").await?;
    let copied = cache::copy("Kafka", template.join(settings::DATA), directory.join(settings::DATA));
    clock.note("Kafka: copy", copied).await?;
    settings::write(&directory, address)?;
    progress("starting Kafka");
    let archive = command::Archive::Use(template.join(template::ARCHIVE));
    let Spawned { server, .. } =
        command::spawn(warden, owner, installation, &directory, archive, arguments, "Kafka").await?;
    let kafka = KafkaServer {
        node_id: 1,
        address: (address, PORT).into(),
        version: installation.kafka.version.clone(),
        server,
    };
    clock.note("Kafka: process to ready", kafka.ready(warden)).await?;
    Ok(kafka)
}
