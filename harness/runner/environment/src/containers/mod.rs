//! Servers as containers, on a network of their own, held by a process that the warden owns.

mod beside;
mod consumer;
mod container;
mod database;
mod docker;
mod held;
mod holder;
mod images;
mod kafka;
mod label;
mod spec;
mod template;
mod toxiproxy;

use pitfall_warden::{Owner, Warden};

use crate::cache;
use crate::clock::Clock;
use crate::databases::{self, DatabasePair};
use crate::error::EnvironmentError;
use crate::installation::{DatabaseVersion, Versions};
use crate::kafka::{KafkaServer, OWN, PORT};
use crate::loopback;
use crate::start::ReplicationLink;

pub use beside::{PlatformContainer, start_platform, start_toxiproxy};
pub use consumer::{RunContainer, RunNetwork};
pub(crate) use container::{Container, ContainerId};
use docker::Docker;
pub use holder::become_holder_if_asked;

/// Kafka, a pair and the Toxiproxy server between its two, at once, on one address.
pub(crate) async fn start_all(
    warden: &Warden,
    owner: &Owner,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
    link: ReplicationLink<'_>,
) -> Result<(KafkaServer, DatabasePair, Versions), EnvironmentError> {
    let docker = clock.note("Docker", Docker::connect_and_check()).await?;
    // One after the other: they are made once, and each needs the whole machine.
    let broker = clock.note("Kafka: image", kafka::template(warden, &docker, progress)).await?;
    let database = clock.note("databases: image", database::template(warden, &docker, progress)).await?;
    let proxy = images::TOXIPROXY.image(&docker).await?.0;
    let address = loopback::draw(&[&[PORT, toxiproxy::PORT], databases::PORTS.as_slice()].concat())?;
    progress("starting containers");
    let mut containers = database::containers(&database, &proxy, address)?;
    containers.push(kafka::container(&broker, address, &[]));
    let held = clock.note("containers started", held::hold(warden, owner, containers)).await?;
    let (kafka, pair) = futures::try_join!(
        kafka::ready(warden, &held, &broker, address, clock),
        database::ready(warden, owner, &held, &database, address, clock, link),
    )?;
    let versions = Versions {
        java: broker.fact("java"),
        kafka: broker.fact("kafka"),
        database: DatabaseVersion { flavour: pair.flavour, version: pair.version.clone() },
    };
    Ok((kafka, pair, versions))
}

pub(crate) async fn start_kafka(warden: &Warden, owner: &Owner) -> Result<KafkaServer, EnvironmentError> {
    let docker = Docker::connect_and_check().await?;
    let template = kafka::template(warden, &docker, &|_| {}).await?;
    let address = loopback::draw(&[PORT])?;
    let held = held::hold(warden, owner, vec![kafka::container(&template, address, &OWN)]).await?;
    kafka::ready(warden, &held, &template, address, &Clock::start()).await
}

pub(crate) async fn start_pair(
    warden: &Warden,
    owner: &Owner,
    link: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let docker = Docker::connect_and_check().await?;
    let template = database::template(warden, &docker, &|_| {}).await?;
    let proxy = images::TOXIPROXY.image(&docker).await?.0;
    let address = loopback::draw(&[&[toxiproxy::PORT], databases::PORTS.as_slice()].concat())?;
    let held = held::hold(warden, owner, database::containers(&template, &proxy, address)?).await?;
    database::ready(warden, owner, &held, &template, address, &Clock::start(), link).await
}

/// What would be started, and with which settings: another image, another environment.
pub(crate) async fn fingerprint() -> Result<String, EnvironmentError> {
    let docker = Docker::connect_and_check().await?;
    let mut parts = Vec::new();
    for choice in [images::KAFKA, images::MYSQL, images::TOXIPROXY] {
        parts.push(choice.image(&docker).await?.1.id);
    }
    parts.extend([kafka::settings(), database::settings()]);
    Ok(cache::fingerprint(&parts.iter().map(String::as_str).collect::<Vec<_>>()))
}
