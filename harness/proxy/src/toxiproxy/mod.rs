//! Toxics in a proxy of a Toxiproxy server, behind a link or between two containers.
//!
//! The server is driven with the crate `toxiproxy_rust`, and over plain HTTP where that crate cannot do or cannot say
//! something. It is only half of a driver: it blocks and must live and die outside of async tasks, it does not look at
//! HTTP statuses, and it panics if the server goes away while it adds a toxic. So each call has a thread of its own and a
//! limit, and what it was to do is read back.

mod call;
mod drivers;
mod proxy;
mod server;
mod spec;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use drivers::Drivers;
pub(crate) use proxy::Proxy;

/// A Toxiproxy server that runs somewhere.
///
/// Any number of links share it: each proxy on it has a name of its own.
#[derive(Clone)]
pub struct Toxiproxy {
    api: SocketAddr,
    drivers: Arc<Drivers>,
    http: reqwest::Client,
}

impl Toxiproxy {
    /// Names the server by where it is driven. Nothing is asked of it yet.
    pub fn at(api: SocketAddr) -> Self {
        // It is on our own network, so no proxy of the environment stands between. It closes idle connections after a
        // while, so none is used again.
        let http =
            reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap_or_default();
        Self { api, drivers: Arc::default(), http }
    }
}

impl fmt::Debug for Toxiproxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toxiproxy").field("api", &self.api).finish_non_exhaustive()
    }
}
