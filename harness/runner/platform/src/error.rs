//! What can go wrong with the mocked platform.

use std::{error::Error, io, net::SocketAddr, time::Duration};

/// What can go wrong with the mocked platform.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// A port could not be had.
    #[error("the mocked platform cannot serve {what} at {address}: {error}; name a free port, or 0")]
    Bind {
        /// A link, or the control port.
        what: String,
        /// Where.
        address: SocketAddr,
        /// The system's error.
        error: io::Error,
    },
    /// The control port stopped serving.
    #[error("the mocked platform cannot serve its control port any more: {0}")]
    Served(io::Error),
    /// No HTTP client could be made.
    #[error("cannot make an HTTP client for the mocked platform: {0}")]
    Client(reqwest::Error),
    /// The program does not serve this link.
    #[error("the mocked platform does not serve link `{link}`, only {served}: name it in its configuration")]
    UnknownLink {
        /// The link.
        link: String,
        /// The links it serves.
        served: String,
    },
    /// The program did not answer in time when it was started.
    #[error("the mocked platform at {control} was not ready within {limit:?}: {last_seen}; its log says why")]
    NotReady {
        /// Its control port.
        control: SocketAddr,
        /// How long it was waited.
        limit: Duration,
        /// What came last.
        last_seen: String,
    },
    /// The program did not do what it was asked.
    #[error("cannot {tried} of the mocked platform at {control}: {error}; see whether it runs")]
    Unreachable {
        /// Its control port.
        control: SocketAddr,
        /// What was tried, as a verb phrase.
        tried: &'static str,
        /// What came back.
        error: String,
    },
    /// The program is not the one that it was.
    #[error("the mocked platform at {control} was started again: the events it had are lost")]
    Restarted {
        /// Its control port.
        control: SocketAddr,
    },
    /// Not all events were handed over in time.
    #[error(
        "the mocked platform at {control} did not hand over its events within {limit:?}: awaited {awaited}, last seen: {handed_over}"
    )]
    Behind {
        /// Its control port.
        control: SocketAddr,
        /// How long it was waited.
        limit: Duration,
        /// How many there are.
        awaited: u64,
        /// How many came.
        handed_over: u64,
    },
    /// Its events are not seen any more.
    #[error("the mocked platform at {control} is not seen any more: {reason}; its log says why")]
    Failed {
        /// Its control port.
        control: SocketAddr,
        /// Why.
        reason: String,
    },
}

/// An error with all that is behind it: an HTTP client's says little on its own.
pub(crate) fn in_full(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
