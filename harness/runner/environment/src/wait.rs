//! Waiting for a server to be ready: asked again and again, with a limit, and with an eye on its death.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pitfall_warden::{Exit, Process};

use crate::containers::Container;
use crate::error::{EnvironmentError, Evidence};

/// Between one question and the next.
pub(crate) const INTERVAL: Duration = Duration::from_millis(5);
/// Lines of a log that an error shows.
pub(crate) const TAIL: usize = 15;

/// A server that has been started.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) name: String,
    pub(crate) life: Life,
    /// What the user can do when it does not come up.
    pub(crate) remedy: String,
}

/// What a server runs as.
#[derive(Clone, Debug)]
pub(crate) enum Life {
    /// A process of the warden's, and where it logs.
    Process { process: Process, log: PathBuf },
    /// A container.
    Container(Container),
}

impl Started {
    /// Asks until the answer is `Ok`; an `Err` says what was seen instead.
    pub(crate) async fn until<T, F>(
        &self,
        awaited: &str,
        limit: Duration,
        mut ask: impl FnMut() -> F,
    ) -> Result<T, EnvironmentError>
    where
        F: Future<Output = Result<T, String>>,
    {
        let deadline = Instant::now() + limit;
        let mut seen = "no answer yet".to_owned();
        let ended = self.ended();
        tokio::pin!(ended);
        loop {
            let answer = tokio::select! {
                biased;
                exit = &mut ended => return Err(self.died(exit).await),
                answer = tokio::time::timeout_at(deadline.into(), ask()) => answer,
            };
            match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(answer)) if Instant::now() < deadline => seen = answer,
                _ => break,
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Err(self.not_ready(awaited, limit, seen).await)
    }

    /// Waits for its end, which must be this one.
    pub(crate) async fn ends(
        &self,
        awaited: &str,
        wanted: Exit,
        limit: Duration,
    ) -> Result<(), EnvironmentError> {
        match tokio::time::timeout(limit, self.ended()).await {
            Ok(exit) if exit == wanted.to_string() => Ok(()),
            Ok(exit) => Err(self.died(exit).await),
            Err(_) => Err(self.not_ready(awaited, limit, "it still runs".into()).await),
        }
    }

    /// Waits for its end, whatever that is.
    pub(crate) async fn has_ended(&self, awaited: &str, limit: Duration) -> Result<(), EnvironmentError> {
        match tokio::time::timeout(limit, self.ended()).await {
            Ok(_) => Ok(()),
            Err(_) => Err(self.not_ready(awaited, limit, "it still runs".into()).await),
        }
    }

    /// How it ended; waits for the end.
    async fn ended(&self) -> String {
        match &self.life {
            Life::Process { process, .. } => process.exited().await.to_string(),
            Life::Container(container) => container.ended().await,
        }
    }

    async fn died(&self, exit: String) -> EnvironmentError {
        EnvironmentError::Died { server: self.name.clone(), exit, evidence: self.evidence().await }
    }

    async fn not_ready(&self, awaited: &str, limit: Duration, seen: String) -> EnvironmentError {
        let (server, awaited, evidence) = (self.name.clone(), awaited.to_owned(), self.evidence().await);
        EnvironmentError::NotReady { server, awaited, limit, seen, evidence }
    }

    async fn evidence(&self) -> Box<Evidence> {
        let remedy = self.remedy.clone();
        Box::new(match &self.life {
            Life::Process { log, .. } => Evidence { log: log.display().to_string(), tail: tail(log), remedy },
            Life::Container(container) => Evidence {
                log: format!("container {}", container.name),
                tail: container.tail().await,
                remedy,
            },
        })
    }
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
