//! The program, held from here.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{
    control::Control, delays::Times, error::PlatformError, follower::Follower, seen::Observer, wire::Health,
};

/// The program does what it is told within this.
const ANSWERED: Duration = Duration::from_secs(30);

pub(crate) struct Remote {
    control: Control,
    instance: u64,
    links: BTreeMap<String, SocketAddr>,
    follower: Follower,
}

impl Remote {
    /// Waits until the program is ready, and follows its events from the first on.
    pub(crate) async fn connect(
        control: SocketAddr,
        links: BTreeMap<String, SocketAddr>,
        limit: Duration,
        observer: Observer,
    ) -> Result<Self, PlatformError> {
        let control = Control::new(control)?;
        let instance = ready(&control, limit).await?.instance;
        let follower = Follower::start(control.clone(), instance, observer);
        Ok(Self { control, instance, links, follower })
    }

    pub(crate) fn address(&self, link: &str) -> Result<SocketAddr, PlatformError> {
        self.links.get(link).copied().ok_or_else(|| PlatformError::UnknownLink {
            link: link.to_owned(),
            served: self.links.keys().map(|link| format!("`{link}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// Sets answer times; what was answered before has been handed over when it returns.
    pub(crate) async fn set(&self, times: &Times) -> Result<Times, PlatformError> {
        let set = self.control.set(self.instance, times, ANSWERED).await?;
        self.follower.reach(set.events, ANSWERED).await?;
        Ok(set.was)
    }

    pub(crate) async fn caught_up(&self, limit: Duration) -> Result<(), PlatformError> {
        let deadline = Instant::now() + limit;
        let health = self.control.health(limit).await?;
        if health.instance != self.instance {
            return Err(PlatformError::Restarted { control: self.control.address });
        }
        let left = deadline.saturating_duration_since(Instant::now());
        self.follower.reach(health.events, left).await
    }

    pub(crate) fn failed(&self) -> Option<String> {
        self.follower.failed()
    }
}

/// Asks until the program answers.
async fn ready(control: &Control, limit: Duration) -> Result<Health, PlatformError> {
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match control.health(left).await {
            Ok(health) => return Ok(health),
            Err(error) if Instant::now() >= deadline => {
                let (control, last_seen) = (control.address, error.to_string());
                return Err(PlatformError::NotReady { control, limit, last_seen });
            }
            // Nothing tells when it is there: it has to be asked again.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}
