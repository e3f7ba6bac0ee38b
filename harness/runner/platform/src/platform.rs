//! The one face over both forms.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use pitfall_model::{Delay, Platform as Data, Route};

use crate::{delays::Delays, error::PlatformError, mock::Servers, remote::Remote, seen::Seen};

/// The mocked platform. Its data are functions of the scenario and the seed; how long it takes can be set while it runs.
///
/// Of one request the observer is told `request`, then its `alert` or its `ban`, then its `answer`; requests are numbered over all links.
pub struct Platform(Form);

enum Form {
    Here { servers: Servers, address: IpAddr },
    Remote(Arc<Remote>),
}

impl Platform {
    /// In this process, on free ports of `address`; the observer is told before an answer goes out.
    pub fn here(
        data: Data,
        seed: u64,
        address: IpAddr,
        observer: impl Fn(Seen) + Send + Sync + 'static,
    ) -> Self {
        Self(Form::Here { servers: Servers::new(data, seed, Arc::new(observer)), address })
    }

    /// The program `pitfall-platform`, which has its own configuration ([`crate::Config`]): waits until it is ready, and follows
    /// its events from the first on. `links` says where each link that it serves is reached from here.
    ///
    /// # Errors
    /// When it is not ready within `limit`.
    pub async fn remote(
        control: SocketAddr,
        links: BTreeMap<String, SocketAddr>,
        limit: Duration,
        observer: impl Fn(Seen) + Send + Sync + 'static,
    ) -> Result<Self, PlatformError> {
        let remote = Remote::connect(control, links, limit, Arc::new(observer)).await?;
        Ok(Self(Form::Remote(Arc::new(remote))))
    }

    /// Where the link of this name is served.
    ///
    /// # Errors
    /// When no port can be had, or the program does not serve this link.
    pub async fn serve(&mut self, link: &str) -> Result<SocketAddr, PlatformError> {
        match &mut self.0 {
            Form::Here { servers, address } => servers.serve(link, SocketAddr::new(*address, 0)).await,
            Form::Remote(remote) => remote.address(link),
        }
    }

    /// Sets answer times.
    pub fn slow(&self) -> Slow {
        Slow(match &self.0 {
            Form::Here { servers, .. } => Setter::Here(servers.delays()),
            Form::Remote(remote) => Setter::Remote(Arc::clone(remote)),
        })
    }

    /// Returns once the observer was told of everything that happened before the call.
    ///
    /// # Errors
    /// When it was not within `limit`, or never will be.
    pub async fn caught_up(&self, limit: Duration) -> Result<(), PlatformError> {
        match &self.0 {
            Form::Here { .. } => Ok(()),
            Form::Remote(remote) => remote.caught_up(limit).await,
        }
    }

    /// Why the observer is no longer told of everything.
    pub fn failed(&self) -> Option<String> {
        match &self.0 {
            Form::Here { .. } => None,
            Form::Remote(remote) => remote.failed(),
        }
    }
}

/// Answer times by route; clones share them.
#[derive(Clone)]
pub struct Slow(Setter);

#[derive(Clone)]
enum Setter {
    Here(Delays),
    Remote(Arc<Remote>),
}

impl Slow {
    /// Sets routes' answer times (`None`: none at all); returns what they were. The observer has then been told of what was answered
    /// before.
    ///
    /// # Errors
    /// When the program cannot be reached, or its events cannot be had.
    pub async fn set(
        &self,
        times: &BTreeMap<Route, Option<Delay>>,
    ) -> Result<BTreeMap<Route, Option<Delay>>, PlatformError> {
        match &self.0 {
            Setter::Here(delays) => Ok(delays.set(times)),
            Setter::Remote(remote) => remote.set(times).await,
        }
    }
}
