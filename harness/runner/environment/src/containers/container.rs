//! One container: found again, acted on, awaited, read.

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::{
    KillContainerOptionsBuilder, LogsOptionsBuilder, StartContainerOptions, WaitContainerOptionsBuilder,
};

use super::docker::{Docker, chain, failed};
use crate::error::EnvironmentError;
use crate::wait::TAIL;

/// Names a container, for every process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContainerId {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The process that holds it.
    pub(crate) holder: i32,
}

impl ContainerId {
    pub(crate) async fn live(&self) -> Result<Container, EnvironmentError> {
        Ok(Container { docker: Docker::connect().await?, id: self.id.clone(), name: self.name.clone() })
    }
}

/// A container, and the connection to its engine.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) docker: Docker,
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Container {
    /// Sends a signal to its first process.
    pub(crate) async fn kill(&self, signal: &str) -> Result<(), EnvironmentError> {
        let options = KillContainerOptionsBuilder::new().signal(signal).build();
        let sent = self.docker.0.kill_container(&self.id, Some(options)).await;
        sent.map_err(failed(format!("send {signal} to container {}", self.name)))
    }

    pub(crate) async fn pause(&self) -> Result<(), EnvironmentError> {
        let paused = self.docker.0.pause_container(&self.id).await;
        paused.map_err(failed(format!("pause container {}", self.name)))
    }

    pub(crate) async fn resume(&self) -> Result<(), EnvironmentError> {
        let resumed = self.docker.0.unpause_container(&self.id).await;
        resumed.map_err(failed(format!("resume container {}", self.name)))
    }

    /// Starts it once more after its end.
    pub(crate) async fn start(&self) -> Result<(), EnvironmentError> {
        let started = self.docker.0.start_container(&self.id, None::<StartContainerOptions>).await;
        started.map_err(failed(format!("start container {} again", self.name)))
    }

    pub(crate) async fn is_running(&self) -> bool {
        let found = self.docker.0.inspect_container(&self.id, None).await;
        found.ok().and_then(|found| found.state?.running).unwrap_or(false)
    }

    /// How it ended; waits for the end.
    pub(crate) async fn ended(&self) -> String {
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        match self.docker.0.wait_container(&self.id, Some(options)).next().await {
            Some(Ok(end)) => exit(end.status_code),
            Some(Err(Error::DockerContainerWaitError { code, .. })) => exit(code),
            Some(Err(Error::DockerResponseServerError { status_code: 404, .. })) => "its removal".into(),
            Some(Err(error)) => format!("its Docker engine ({})", chain(&error)),
            None => "its Docker engine, which went away".into(),
        }
    }

    /// The last lines that it wrote.
    pub(crate) async fn tail(&self) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&TAIL.to_string()).build();
        let mut lines = String::new();
        let mut logs = self.docker.0.logs(&self.id, Some(options));
        while let Some(Ok(piece)) = logs.next().await {
            lines.push_str(&String::from_utf8_lossy(&piece.into_bytes()));
        }
        lines.trim_end().to_owned()
    }
}

/// Codes beyond 128 are signals, as a shell tells them.
fn exit(code: i64) -> String {
    let signal =
        i32::try_from(code - 128).ok().and_then(|signal| pitfall_warden::Signal::try_from(signal).ok());
    match signal {
        Some(signal) => format!("exit code {code} ({signal})"),
        None => format!("exit code {code}"),
    }
}
