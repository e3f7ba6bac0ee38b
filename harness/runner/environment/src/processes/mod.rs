//! Servers as child processes of the warden.

mod kafka;
mod mariadb;
mod program;

use std::time::Instant;

use pitfall_warden::{Owner, Warden};
use tokio::sync::OnceCell;

use crate::cache;
use crate::clock::Clock;
use crate::databases::{self, DatabasePair};
use crate::error::EnvironmentError;
use crate::installation::{Installation, Versions};
use crate::kafka::{KafkaCluster, KafkaServer, OWN};
use crate::loopback;
use crate::start::ReplicationLink;
use kafka::Place;

/// Kafka and a pair, at once, on one address.
pub(crate) async fn start_all(
    warden: &Warden,
    owner: &Owner,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
    link: ReplicationLink<'_>,
) -> Result<(KafkaServer, DatabasePair, Versions), EnvironmentError> {
    let installation = installation().await?;
    let ports = [kafka::PORTS, &databases::PORTS].concat();
    let address = loopback::draw(&ports)?;
    let (kafka, pair) = futures::try_join!(
        kafka::start(warden, &installation, Place { owner, address, arguments: &[] }, clock, progress),
        mariadb::start(warden, owner, &installation, address, clock, progress, link),
    )?;
    Ok((kafka, pair, installation.versions()))
}

pub(crate) async fn start_kafka(warden: &Warden, owner: &Owner) -> Result<KafkaServer, EnvironmentError> {
    let installation = installation().await?;
    let address = loopback::draw(kafka::PORTS)?;
    let place = Place { owner, address, arguments: &OWN };
    kafka::start(warden, &installation, place, &Clock::start(), &|_| {}).await
}

pub(crate) async fn start_cluster(
    warden: &Warden,
    owner: &Owner,
    brokers: usize,
) -> Result<KafkaCluster, EnvironmentError> {
    kafka::start_cluster(warden, &installation().await?, owner, brokers).await
}

pub(crate) async fn start_pair(
    warden: &Warden,
    owner: &Owner,
    link: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let installation = installation().await?;
    let address = loopback::draw(&databases::PORTS)?;
    mariadb::start(warden, owner, &installation, address, &Clock::start(), &|_| {}, link).await
}

/// What would be started, and with which settings.
pub(crate) async fn fingerprint() -> Result<String, EnvironmentError> {
    let installation = installation().await?;
    Ok(cache::fingerprint(&[&kafka::fingerprint(&installation), &mariadb::fingerprint(&installation)]))
}

/// What is installed, looked for once in a process, whoever asks: the environment's name and its start need it, and each pair.
async fn installation() -> Result<Installation, EnvironmentError> {
    static FOUND: OnceCell<Installation> = OnceCell::const_new();
    FOUND.get_or_try_init(find).await.cloned()
}

/// Looking for programs reads files and asks one for its version: off the runtime's threads.
async fn find() -> Result<Installation, EnvironmentError> {
    let started = Instant::now();
    tokio::task::spawn_blocking(Installation::find).await.map_err(|error| {
        cache::fault(
            &std::env::temp_dir(),
            format!("looking for servers, after {:?}: {error}", started.elapsed()),
        )
    })?
}
