//! A link's own part: its address, its connections, and the toxics that act in it or in a proxy behind it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::config::LinkConfig;
use crate::door::Door;
use crate::error::LinkError;
use crate::event::Observer;
use crate::fault::ProtocolFault;
use crate::hub::Hub;
use crate::toxic::{Toxic, ToxicKind};
use crate::toxics;
use crate::toxiproxy::Proxy;

pub(crate) struct Front {
    hub: Arc<Hub>,
    /// Also makes adding and removing wait for each other.
    door: Mutex<Door>,
    /// Where toxics act if not here.
    proxy: Option<Proxy>,
}

impl Front {
    /// Listens; connections go to `behind`, or to the upstream itself.
    pub(crate) fn open(
        config: LinkConfig,
        observer: Arc<dyn Observer>,
        behind: Option<SocketAddr>,
    ) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Bind { link: config.name.clone(), address: config.listen, source };
        let mut door = Door::hold(config.listen).map_err(failed)?;
        let hub = Arc::new(Hub::new(config.clone(), door.address(), behind, observer));
        door.open(&hub).map_err(failed)?;
        Ok(Self { hub, door: Mutex::new(door), proxy: None })
    }

    /// Says which proxy listens behind.
    pub(crate) fn before(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.hub.config.name
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.hub.address
    }

    pub(crate) async fn add(&self, toxic: Toxic) -> Result<(), LinkError> {
        let mut door = self.door.lock().await;
        toxic.check(self.name(), self.present().into_iter())?;
        let name = toxic.name.clone();
        let is_down = toxic.kind == ToxicKind::Down;
        // Watched before it acts behind us, so that nothing it does is missed.
        self.hub.add(toxic.clone()).await;
        if let Some(proxy) = &self.proxy
            && let Err(error) = proxy.add(toxic).await
        {
            self.hub.remove(&name).await;
            return Err(error);
        }
        if is_down && let Err(seen) = toxics::take_down(&self.hub, &mut door, &name).await {
            self.heal(&mut door, &name).await?;
            return Err(LinkError::NotDown { link: self.name().to_owned(), address: self.address(), seen });
        }
        Ok(())
    }

    pub(crate) async fn inject(&self, fault: ProtocolFault) -> Result<(), LinkError> {
        // So that adding and removing wait for each other.
        let _door = self.door.lock().await;
        if self.present().contains(&fault.name) {
            return Err(LinkError::DuplicateToxic { link: self.name().to_owned(), toxic: fault.name });
        }
        self.hub.gate.add(fault);
        Ok(())
    }

    pub(crate) async fn clients_gone(&self, clients: &[SocketAddr]) {
        self.hub.clients_gone(clients).await;
    }

    /// The names of its toxics and protocol faults.
    fn present(&self) -> Vec<String> {
        let mut names = self.hub.toxics();
        names.extend(self.hub.gate.names());
        names
    }

    pub(crate) async fn remove(&self, toxic_name: &str) -> Result<(), LinkError> {
        let mut door = self.door.lock().await;
        if self.hub.gate.remove(toxic_name) {
            return Ok(());
        }
        let present = self.present();
        if !present.iter().any(|name| name == toxic_name) {
            return Err(LinkError::unknown(self.name(), toxic_name, &present));
        }
        self.heal(&mut door, toxic_name).await
    }

    async fn heal(&self, door: &mut Door, toxic: &str) -> Result<(), LinkError> {
        // First up, then forgotten: if it cannot come up, removing can be tried again.
        let is_last_down = self.hub.downs() == [toxic];
        if is_last_down {
            let failed =
                |source| LinkError::Bind { link: self.name().to_owned(), address: self.address(), source };
            door.open(&self.hub).map_err(failed)?;
        }
        if let Some(proxy) = &self.proxy {
            self.hub.heal(toxic).await;
            if let Err(error) = proxy.remove(toxic).await {
                if is_last_down {
                    door.shut().await;
                }
                return Err(error);
            }
        }
        self.hub.remove(toxic).await;
        Ok(())
    }

    pub(crate) async fn close(self) {
        self.door.lock().await.shut().await;
        self.hub.closing.cancel();
        self.hub.tasks.close();
        self.hub.tasks.wait().await;
        if let Some(proxy) = &self.proxy {
            proxy.close().await;
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.hub.closing.cancel();
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hub, door: _, proxy } = self;
        f.debug_struct("Front")
            .field("config", &hub.config)
            .field("address", &hub.address)
            .field("proxy", proxy)
            .finish_non_exhaustive()
    }
}
