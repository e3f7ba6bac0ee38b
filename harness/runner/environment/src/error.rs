//! What can go wrong while servers are found and started: what was tried, on what, and what to do.

use std::path::PathBuf;
use std::time::Duration;

use pitfall_warden::WardenError;

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A program or library is not installed.
    #[error("{what} not found ({looked}); {remedy}")]
    Missing {
        /// What.
        what: String,
        /// Where it was looked for.
        looked: String,
        /// What to run.
        remedy: String,
    },
    /// A program is installed but cannot be used.
    #[error("{what} is {found}, but {wanted} is needed; {remedy}")]
    Unfit {
        /// Which, with its path.
        what: String,
        /// What was found.
        found: String,
        /// What is needed.
        wanted: String,
        /// What to run.
        remedy: String,
    },
    /// The cache of jars, templates and archives cannot be used.
    #[error(
        "cannot use the cache {path}: {why}; free or remove it, or set PITFALL_CACHE to another directory"
    )]
    Cache {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A server's data directory cannot be made.
    #[error("cannot prepare {path} for {server}: {why}; is the disk of the temporary directory full?")]
    Data {
        /// Which server.
        server: String,
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A server ended while it was awaited.
    #[error("{server} ended with {exit} while it was started; {evidence}")]
    Died {
        /// Which server.
        server: String,
        /// How it ended, such as `exit code 1` or `SIGKILL`.
        exit: String,
        /// What it wrote, and what to do.
        evidence: Box<Evidence>,
    },
    /// A server lives but is not ready in time.
    #[error("{server}: {awaited} not within {limit:?}; last seen: {seen}; {evidence}")]
    NotReady {
        /// Which server.
        server: String,
        /// What was awaited.
        awaited: String,
        /// For how long.
        limit: Duration,
        /// The last answer.
        seen: String,
        /// What it wrote, and what to do.
        evidence: Box<Evidence>,
    },
    /// A statement of the harness's own failed.
    #[error("cannot {tried} on {on}: {source}")]
    Database {
        /// What was tried.
        tried: String,
        /// The server.
        on: String,
        /// The server's answer.
        source: Box<mysql_async::Error>,
    },
    /// The link that replication runs over could not be opened.
    #[error("cannot open the replication link to the source {source_address}: {why}")]
    Link {
        /// The source's address, as the replica sees it.
        source_address: String,
        /// What its opener says.
        why: String,
    },
    /// No loopback address could be taken.
    #[error(
        "no free loopback address in 127.64.0.0/10 for ports {ports:?}: {why}; a program that listens on all addresses at one of them (`ss -ltnp` shows it) has to stop"
    )]
    NoAddress {
        /// The ports that must be free on it.
        ports: Vec<u16>,
        /// The last refusal.
        why: String,
    },
    /// The Docker engine cannot be used, or refused something.
    #[error("cannot {tried}: {why}; {remedy}")]
    Docker {
        /// What was tried.
        tried: String,
        /// What Docker said.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// A variable that chooses something has a value that does not exist.
    #[error("{variable} is `{value}`: it must be one of {known}")]
    Unknown {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        known: &'static str,
    },
    /// Something of the shared environment has ended, and it does not make room for another.
    #[error(
        "a server of the shared environment has ended, and the others are not cleared away within {limit:?}; `docker ps` shows them"
    )]
    Broken {
        /// For how long it was awaited.
        limit: Duration,
    },
    /// Another process published an environment that cannot be read.
    #[error("the shared environment cannot be read: {0}")]
    Published(#[from] serde_json::Error),
    /// The warden failed.
    #[error(transparent)]
    Warden(#[from] WardenError),
}

/// What a server that did not come up leaves behind.
#[derive(Debug)]
pub struct Evidence {
    /// Where it logs: a file, or a container; removed with its owner.
    pub log: String,
    /// The last lines of it.
    pub tail: String,
    /// What to do.
    pub remedy: String,
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its last lines ({}):\n{}\n{}", self.log, self.tail, self.remedy)
    }
}
