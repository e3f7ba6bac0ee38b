//! What a run has of its own beside Kafka and databases: the mocked platform, and a Toxiproxy server for its links.

use std::net::{IpAddr, SocketAddr};

use pitfall_warden::{Owner, Warden};

use super::docker::Docker;
use super::held::{Held, hold};
use super::images;
use super::spec::Spec;
use super::toxiproxy;
use crate::error::EnvironmentError;
use crate::loopback;

/// The mocked platform's program in a container.
#[derive(Debug)]
pub struct PlatformContainer {
    /// The address of this host at which its ports are reached; it may take a moment until it answers there.
    pub address: IpAddr,
    held: Held,
}

impl PlatformContainer {
    /// Lets go of it before its owner ends: it is gone soon.
    ///
    /// # Errors
    /// When the warden is gone.
    pub async fn end(&self) -> Result<(), EnvironmentError> {
        self.held.end().await
    }
}

/// Starts the mocked platform's program in a container; `env` is its configuration, `ports` are those it serves.
///
/// # Errors
/// When Docker cannot be used, or has no such image.
pub async fn start_platform(
    warden: &Warden,
    owner: &Owner,
    env: (&str, String),
    ports: &[u16],
) -> Result<PlatformContainer, EnvironmentError> {
    let docker = Docker::connect_and_check().await?;
    let address = loopback::draw(ports)?;
    let mut spec = Spec::new("platform", images::PLATFORM.image(&docker).await?.0);
    spec.env.push((env.0.to_owned(), env.1));
    spec.publish.extend(ports.iter().map(|port| (*port, (address, *port).into())));
    let held = hold(warden, owner, vec![spec]).await?;
    Ok(PlatformContainer { address: address.into(), held })
}

/// Starts a Toxiproxy server that shares this host's network, for proxies on any loopback address; where it is driven.
///
/// # Errors
/// As [`start_platform`].
pub async fn start_toxiproxy(warden: &Warden, owner: &Owner) -> Result<SocketAddr, EnvironmentError> {
    let docker = Docker::connect_and_check().await?;
    let address = loopback::draw(&[toxiproxy::PORT])?;
    let image = images::TOXIPROXY.image(&docker).await?.0;
    let held = hold(warden, owner, vec![toxiproxy::on_host(&image, address)]).await?;
    toxiproxy::ready(warden, &held, address).await
}
