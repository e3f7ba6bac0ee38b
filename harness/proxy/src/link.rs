//! A link: a named TCP path that we hold.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::LinkConfig;
use crate::error::LinkError;
use crate::event::Observer;
use crate::fault::ProtocolFault;
use crate::front::Front;
use crate::toxic::Toxic;
use crate::toxiproxy::{Proxy, Toxiproxy};

/// A named TCP path that we hold: it listens on an address of its own, forwards to an upstream, and lets toxics act on
/// what passes.
///
/// Close it with [`Link::close`]; dropping it ends the same things, without waiting for them, but leaves a proxy on a
/// Toxiproxy server to that server's end.
pub struct Link {
    path: Path,
}

enum Path {
    Front(Front),
    Proxy(Proxy),
}

impl Link {
    /// Opens a link whose toxics act in it. From here on clients can connect.
    ///
    /// # Errors
    ///
    /// [`LinkError::Bind`] if its address cannot be had.
    pub async fn open(config: LinkConfig, observer: Arc<dyn Observer>) -> Result<Link, LinkError> {
        Ok(Link { path: Path::Front(Front::open(config, observer, None)?) })
    }

    /// Opens a link whose toxics act in a Toxiproxy proxy behind it, with which it shares the host's network. It reads
    /// and tells as any link does, and what it tells of a toxic ([`crate::LinkEvent::Bit`]) is what it has measured on
    /// its side: less than a toxic does, never more.
    ///
    /// Where a toxic's toxicity is below 1, chance is Toxiproxy's and does not follow the link's seed. A connection that
    /// is spared and yet ends, or is late, just as the toxic would have made it, is told as bitten.
    ///
    /// # Errors
    ///
    /// [`LinkError::Bind`] if its address cannot be had; [`LinkError::ToxiproxyAway`], [`LinkError::ToxiproxyRefused`].
    pub async fn open_on(
        config: LinkConfig,
        toxiproxy: &Toxiproxy,
        observer: Arc<dyn Observer>,
    ) -> Result<Link, LinkError> {
        let listen = SocketAddr::new(config.listen.ip(), 0).to_string();
        let proxy = Proxy::open(&config.name, toxiproxy, &listen, &config.upstream.to_string()).await?;
        match Front::open(config, observer, Some(proxy.address())) {
            Ok(front) => Ok(Link { path: Path::Front(front.before(proxy)) }),
            Err(error) => {
                proxy.close().await;
                Err(error)
            }
        }
    }

    /// Makes a Toxiproxy proxy between two containers. `listen` (`0.0.0.0:3306`) and `upstream` (`source:3306`) are as the
    /// Toxiproxy server understands them. Nothing of ours stands on this path, so it tells nothing.
    ///
    /// # Errors
    ///
    /// [`LinkError::ToxiproxyAway`], [`LinkError::ToxiproxyRefused`].
    pub async fn between(
        name: &str,
        toxiproxy: &Toxiproxy,
        listen: &str,
        upstream: &str,
    ) -> Result<Link, LinkError> {
        Ok(Link { path: Path::Proxy(Proxy::open(name, toxiproxy, listen, upstream).await?) })
    }

    /// The link's name.
    pub fn name(&self) -> &str {
        match &self.path {
            Path::Front(front) => front.name(),
            Path::Proxy(proxy) => proxy.link(),
        }
    }

    /// Where it listens: of a link between containers, as its Toxiproxy server says.
    pub fn address(&self) -> SocketAddr {
        match &self.path {
            Path::Front(front) => front.address(),
            Path::Proxy(proxy) => proxy.address(),
        }
    }

    /// Adds a toxic behind those already there. It acts on existing connections too, and does so when this returns.
    ///
    /// # Errors
    ///
    /// [`LinkError::DuplicateToxic`], [`LinkError::InvalidToxic`]; for [`crate::ToxicKind::Down`] also
    /// [`LinkError::NotDown`], after which the toxic is gone again; on a Toxiproxy server also
    /// [`LinkError::ToxiproxyAway`] and [`LinkError::ToxiproxyRefused`].
    pub async fn add(&self, toxic: Toxic) -> Result<(), LinkError> {
        match &self.path {
            Path::Front(front) => front.add(toxic).await,
            Path::Proxy(proxy) => proxy.add(toxic).await,
        }
    }

    /// Adds a fault of the protocol behind those already there. It acts on what comes from now on, on all connections.
    ///
    /// # Errors
    ///
    /// [`LinkError::DuplicateToxic`]; [`LinkError::NotRead`] on a link between two containers.
    pub async fn inject(&self, fault: ProtocolFault) -> Result<(), LinkError> {
        match &self.path {
            Path::Front(front) => front.inject(fault).await,
            Path::Proxy(proxy) => {
                Err(LinkError::NotRead { link: proxy.link().to_owned(), fault: fault.name })
            }
        }
    }

    /// Ends the connections of these clients, which are known to be no more: their servers see a reset, and what they sent
    /// but was still held back is never forwarded. Returns when it is done. On a link between two containers nothing is held
    /// back, and nothing has to be done.
    pub async fn clients_gone(&self, clients: &[SocketAddr]) {
        if let Path::Front(front) = &self.path {
            front.clients_gone(clients).await;
        }
    }

    /// Removes a toxic or a protocol fault, and heals: what it held back goes on at once, in order. Where bytes were lost (`timeout`, a
    /// `reset_peer` whose clock runs) healing is not possible, and the connection ends.
    ///
    /// # Errors
    ///
    /// [`LinkError::UnknownToxic`]; [`LinkError::Bind`] if the link was down and cannot listen again: it stays
    /// down, with its toxic; on a Toxiproxy server also [`LinkError::ToxiproxyAway`] and
    /// [`LinkError::ToxiproxyRefused`], with which the toxic stays, too.
    pub async fn remove(&self, toxic_name: &str) -> Result<(), LinkError> {
        match &self.path {
            Path::Front(front) => front.remove(toxic_name).await,
            Path::Proxy(proxy) => proxy.remove(toxic_name).await,
        }
    }

    /// Closes the link: returns when its address is free and all its connections are closed and told. A proxy on a
    /// Toxiproxy server is deleted, if that server still answers.
    pub async fn close(self) {
        match self.path {
            Path::Front(front) => front.close().await,
            Path::Proxy(proxy) => proxy.close().await,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Path::Front(front) => f.debug_tuple("Link").field(front).finish(),
            Path::Proxy(proxy) => f.debug_tuple("Link").field(proxy).finish(),
        }
    }
}
