//! One proxy on a Toxiproxy server, with toxics by our names.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Toxiproxy;
use super::call::Trouble;
use super::spec::Spec;
use crate::error::LinkError;
use crate::toxic::{Toxic, ToxicKind};

/// One proxy on a Toxiproxy server.
pub(crate) struct Proxy {
    link: String,
    server: Toxiproxy,
    /// Its name there.
    name: String,
    address: SocketAddr,
    placed: Mutex<Vec<Placed>>,
}

/// A toxic, and its name on the server if it is one there.
struct Placed {
    toxic: Toxic,
    there: Option<String>,
}

impl Proxy {
    /// Makes a proxy for a link.
    pub(crate) async fn open(
        link: &str,
        server: &Toxiproxy,
        listen: &str,
        upstream: &str,
    ) -> Result<Self, LinkError> {
        let name = unique(link);
        let told =
            server.create(&name, listen, upstream).await.map_err(|trouble| server.error(link, trouble))?;
        let address = told.parse().map_err(|_| {
            let asked = format!("say where its proxy from {listen} listens");
            server.error(link, Trouble::Refused { asked, seen: told })
        })?;
        let (link, server, placed) = (link.to_owned(), server.clone(), Mutex::default());
        Ok(Self { link, server, name, address, placed })
    }

    pub(crate) fn link(&self) -> &str {
        &self.link
    }

    /// Where it listens, as the server says.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn add(&self, toxic: Toxic) -> Result<(), LinkError> {
        let mut placed = self.placed.lock().await;
        toxic.check(&self.link, placed.iter().map(|placed| placed.toxic.name.clone()))?;
        let spec = Spec::of(&toxic).map_err(|reason| LinkError::InvalidToxic {
            link: self.link.clone(),
            toxic: toxic.name.clone(),
            reason,
        })?;
        let there = match &spec {
            None => self.server.enable(&self.name, false).await.map(|()| None),
            Some(spec) => self.server.add_toxic(&self.name, spec).await.map(Some),
        };
        let there = there.map_err(|trouble| self.server.error(&self.link, trouble))?;
        placed.push(Placed { toxic, there });
        Ok(())
    }

    pub(crate) async fn remove(&self, toxic: &str) -> Result<(), LinkError> {
        let mut placed = self.placed.lock().await;
        let Some(at) = placed.iter().position(|placed| placed.toxic.name == toxic) else {
            let present: Vec<_> = placed.iter().map(|placed| placed.toxic.name.clone()).collect();
            return Err(LinkError::unknown(&self.link, toxic, &present));
        };
        let downs = placed.iter().filter(|placed| placed.there.is_none()).count();
        let removed = match &placed[at].there {
            Some(there) => self.server.remove_toxic(&self.name, there, longest(&placed[at].toxic)).await,
            None if downs == 1 => self.server.enable(&self.name, true).await,
            None => Ok(()),
        };
        removed.map_err(|trouble| self.server.error(&self.link, trouble))?;
        placed.remove(at);
        Ok(())
    }

    /// Deletes it.
    pub(crate) async fn close(&self) {
        // A server that does not answer is gone, and its proxies with it.
        let _ = self.server.delete(&self.name).await;
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { link, server, name, address, placed: _ } = self;
        f.debug_struct("Proxy")
            .field("link", link)
            .field("server", server)
            .field("name", name)
            .field("address", address)
            .finish_non_exhaustive()
    }
}

/// A name that many links, runs and processes can share a server by, and that can stand in a URL.
fn unique(link: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let link: String = link.chars().map(plain).collect();
    format!("{link}-{:016x}", rand::random::<u64>())
}

/// How long a toxic does not let itself be removed: a `reset_peer` whose clock runs holds on to the end.
fn longest(toxic: &Toxic) -> Duration {
    match toxic.kind {
        ToxicKind::ResetPeer { timeout } => timeout,
        _ => Duration::ZERO,
    }
}
