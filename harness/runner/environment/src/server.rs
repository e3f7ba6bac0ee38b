//! A server that was started, and what can be done to it while a run goes on.

use std::path::PathBuf;
use std::time::Duration;

use pitfall_warden::{Signal, Spawn, Warden};
use serde::{Deserialize, Serialize};

use crate::containers::ContainerId;
use crate::error::EnvironmentError;
use crate::wait::{Life, Started};

/// An orderly end takes no longer. MySQL needs up to 11 s.
const ORDERLY: Duration = Duration::from_secs(60);

/// A server of an environment: data that finds it again, also from another process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    pub(crate) name: String,
    pub(crate) runs: Runs,
    pub(crate) remedy: String,
}

/// What it runs as.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Runs {
    Process {
        pid: i32,
        log: PathBuf,
        /// How it was started.
        spawn: Box<Spawn>,
    },
    Container(ContainerId),
}

impl Server {
    /// SIGKILL; returns when it is dead.
    ///
    /// # Errors
    /// When warden or Docker is gone or refuses.
    pub async fn kill(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        match &self.runs {
            Runs::Process { pid, .. } => Ok(warden.attach(*pid).await?.kill().await?),
            Runs::Container(id) => {
                id.live().await?.kill("SIGKILL").await?;
                self.gone(warden).await
            }
        }
    }

    /// Asks it to end in good order; returns when it has ended.
    ///
    /// # Errors
    /// As [`Server::kill`]; and when it does not end within a minute.
    pub async fn stop(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        match &self.runs {
            Runs::Process { pid, .. } => warden.attach(*pid).await?.signal(Signal::SIGTERM).await?,
            Runs::Container(id) => id.live().await?.kill("SIGTERM").await?,
        }
        self.gone(warden).await
    }

    /// Lets go of it, and in containers of all that was started with it: it is gone soon, with its data.
    ///
    /// # Errors
    /// When the warden is gone.
    pub(crate) async fn end(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        match &self.runs {
            Runs::Process { pid, .. } => Ok(warden.attach(*pid).await?.kill().await?),
            Runs::Container(id) => Ok(warden.attach(id.holder).await?.signal(Signal::SIGTERM).await?),
        }
    }

    /// Freezes it: it keeps its connections and does nothing. Returns when it stands still.
    ///
    /// # Errors
    /// As [`Server::kill`].
    pub async fn pause(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        match &self.runs {
            Runs::Process { pid, .. } => Ok(warden.attach(*pid).await?.signal(Signal::SIGSTOP).await?),
            Runs::Container(id) => id.live().await?.pause().await,
        }
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    /// As [`Server::kill`].
    pub async fn resume(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        match &self.runs {
            Runs::Process { pid, .. } => Ok(warden.attach(*pid).await?.signal(Signal::SIGCONT).await?),
            Runs::Container(id) => id.live().await?.resume().await,
        }
    }

    /// Whether it runs, as far as its warden does not know it anyway.
    pub(crate) async fn is_running(&self) -> bool {
        match &self.runs {
            Runs::Process { .. } => true,
            Runs::Container(id) => match id.live().await {
                Ok(container) => container.is_running().await,
                Err(_) => false,
            },
        }
    }

    /// Starts it once more after its end, on its data and its address; it is not ready yet.
    pub(crate) async fn start(&mut self, warden: &Warden) -> Result<Started, EnvironmentError> {
        match &mut self.runs {
            Runs::Process { pid, spawn, .. } => *pid = warden.spawn((**spawn).clone()).await?.pid(),
            Runs::Container(id) => id.live().await?.start().await?,
        }
        self.started(warden).await
    }

    /// What waits for it need.
    pub(crate) async fn started(&self, warden: &Warden) -> Result<Started, EnvironmentError> {
        let life = match &self.runs {
            Runs::Process { pid, log, .. } => {
                Life::Process { process: warden.attach(*pid).await?, log: log.clone() }
            }
            Runs::Container(id) => Life::Container(id.live().await?),
        };
        Ok(Started { name: self.name.clone(), life, remedy: self.remedy.clone() })
    }

    async fn gone(&self, warden: &Warden) -> Result<(), EnvironmentError> {
        let started = self.started(warden).await?;
        started.has_ended("its end", ORDERLY).await
    }
}
