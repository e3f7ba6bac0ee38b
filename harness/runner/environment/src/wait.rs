//! Waiting for a server to be ready: asked again and again, with a limit, and with an eye on its death.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pitfall_warden::{Exit, Process};

use crate::error::{EnvironmentError, Evidence};

/// Between one question and the next.
const INTERVAL: Duration = Duration::from_millis(5);

/// A server that has been started.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) name: String,
    pub(crate) process: Process,
    pub(crate) log: PathBuf,
    /// What the user can do when it does not come up.
    pub(crate) remedy: String,
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
        loop {
            let answer = tokio::select! {
                biased;
                exit = self.process.exited() => return Err(self.died(exit)),
                answer = tokio::time::timeout_at(deadline.into(), ask()) => answer,
            };
            match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(answer)) if Instant::now() < deadline => seen = answer,
                _ => break,
            }
            tokio::time::sleep(INTERVAL).await;
        }
        Err(self.not_ready(awaited, limit, seen))
    }

    /// Waits for its end, which must be this one.
    pub(crate) async fn ends(
        &self,
        awaited: &str,
        wanted: Exit,
        limit: Duration,
    ) -> Result<(), EnvironmentError> {
        match tokio::time::timeout(limit, self.process.exited()).await {
            Ok(exit) if exit == wanted => Ok(()),
            Ok(exit) => Err(self.died(exit)),
            Err(_) => Err(self.not_ready(awaited, limit, "it still runs".into())),
        }
    }

    fn died(&self, exit: Exit) -> EnvironmentError {
        EnvironmentError::Died { server: self.name.clone(), exit, evidence: self.evidence() }
    }

    fn not_ready(&self, awaited: &str, limit: Duration, seen: String) -> EnvironmentError {
        let (server, awaited, evidence) = (self.name.clone(), awaited.to_owned(), self.evidence());
        EnvironmentError::NotReady { server, awaited, limit, seen, evidence }
    }

    fn evidence(&self) -> Box<Evidence> {
        Box::new(Evidence { log: self.log.clone(), tail: tail(&self.log), remedy: self.remedy.clone() })
    }
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
