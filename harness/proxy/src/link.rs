//! A link: a named TCP path that we hold.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::config::LinkConfig;
use crate::door::Door;
use crate::error::LinkError;
use crate::event::Observer;
use crate::hub::Hub;
use crate::toxic::{Toxic, ToxicKind};
use crate::toxics;

/// A named TCP path that we hold: it listens on an address of its own, forwards to an upstream, and lets toxics act on
/// what passes.
///
/// Close it with [`Link::close`]; dropping it ends the same things, without waiting for them.
pub struct Link {
    hub: Arc<Hub>,
    /// Also makes adding and removing wait for each other.
    door: Mutex<Door>,
}

impl Link {
    /// Opens a link. From here on clients can connect.
    ///
    /// # Errors
    ///
    /// [`LinkError::Bind`] if its address cannot be had.
    pub async fn open(config: LinkConfig, observer: Arc<dyn Observer>) -> Result<Link, LinkError> {
        let failed = |source| LinkError::Bind { link: config.name.clone(), address: config.listen, source };
        let mut door = Door::hold(config.listen).map_err(failed)?;
        let hub = Arc::new(Hub::new(config.clone(), door.address(), observer));
        door.open(&hub).map_err(failed)?;
        Ok(Link { hub, door: Mutex::new(door) })
    }

    /// The link's name.
    pub fn name(&self) -> &str {
        &self.hub.config.name
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.hub.address
    }

    /// Adds a toxic behind those already there. It acts on existing connections too, and does so when this returns.
    ///
    /// # Errors
    ///
    /// [`LinkError::DuplicateToxic`], [`LinkError::InvalidToxic`]; for [`ToxicKind::Down`] also [`LinkError::NotDown`],
    /// after which the toxic is gone again.
    pub async fn add(&self, toxic: Toxic) -> Result<(), LinkError> {
        let mut door = self.door.lock().await;
        if let Some(reason) = toxic.invalid() {
            return Err(LinkError::InvalidToxic { link: self.name().to_owned(), toxic: toxic.name, reason });
        }
        if self.hub.toxics().contains(&toxic.name) {
            return Err(LinkError::DuplicateToxic { link: self.name().to_owned(), toxic: toxic.name });
        }
        let name = toxic.name.clone();
        let is_down = toxic.kind == ToxicKind::Down;
        self.hub.add(toxic).await;
        if is_down && let Err(seen) = toxics::take_down(&self.hub, &mut door, &name).await {
            self.heal(&mut door, &name).await?;
            return Err(LinkError::NotDown { link: self.name().to_owned(), address: self.address(), seen });
        }
        Ok(())
    }

    /// Removes a toxic, and heals: what it held back goes on at once, in order. Where bytes were lost (`timeout`, a
    /// `reset_peer` whose clock runs) healing is not possible, and the connection ends.
    ///
    /// # Errors
    ///
    /// [`LinkError::UnknownToxic`]; [`LinkError::Bind`] if the link was down and cannot listen again: it stays
    /// down, with its toxic.
    pub async fn remove(&self, toxic_name: &str) -> Result<(), LinkError> {
        let mut door = self.door.lock().await;
        let present = self.hub.toxics();
        if !present.iter().any(|name| name == toxic_name) {
            return Err(LinkError::UnknownToxic {
                link: self.name().to_owned(),
                toxic: toxic_name.to_owned(),
                present: if present.is_empty() { "none".to_owned() } else { present.join(", ") },
            });
        }
        self.heal(&mut door, toxic_name).await
    }

    async fn heal(&self, door: &mut Door, toxic: &str) -> Result<(), LinkError> {
        // First up, then forgotten: if it cannot come up, removing can be tried again.
        if self.hub.downs() == [toxic] {
            let failed =
                |source| LinkError::Bind { link: self.name().to_owned(), address: self.address(), source };
            door.open(&self.hub).map_err(failed)?;
        }
        self.hub.remove(toxic).await;
        Ok(())
    }

    /// Closes the link: returns when its address is free and all its connections are closed and told.
    pub async fn close(self) {
        self.door.lock().await.shut().await;
        self.hub.closing.cancel();
        self.hub.tasks.close();
        self.hub.tasks.wait().await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.hub.closing.cancel();
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hub, door: _ } = self;
        f.debug_struct("Link")
            .field("config", &hub.config)
            .field("address", &hub.address)
            .finish_non_exhaustive()
    }
}
