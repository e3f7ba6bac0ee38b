//! What can go wrong with a link.

use std::io;
use std::net::SocketAddr;

/// What can go wrong with a link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The address could not be had.
    #[error("link `{link}` cannot listen on {address}: {source}; name a free address, or port 0")]
    Bind {
        /// The link.
        link: String,
        /// Where it was to listen.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The link has a toxic of that name already.
    #[error("link `{link}` already has a toxic `{toxic}`; remove it first, or take another name")]
    DuplicateToxic {
        /// The link.
        link: String,
        /// The name.
        toxic: String,
    },
    /// The link has no toxic of that name.
    #[error("link `{link}` has no toxic `{toxic}`; it has: {present}")]
    UnknownToxic {
        /// The link.
        link: String,
        /// The name.
        toxic: String,
        /// The names it has.
        present: String,
    },
    /// The toxic says something that cannot be done.
    #[error("toxic `{toxic}` on link `{link}`: {reason}")]
    InvalidToxic {
        /// The link.
        link: String,
        /// The toxic.
        toxic: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The link was taken down, but its address does not refuse connections. It has been brought up again.
    #[error("link `{link}` is down, yet connecting to {address} was not refused: {seen}")]
    NotDown {
        /// The link.
        link: String,
        /// Its address.
        address: SocketAddr,
        /// What connecting gave instead.
        seen: String,
    },
    /// A protocol fault cannot act where nothing is read.
    #[error(
        "link `{link}` runs between two containers, where nothing is read: `{fault}` cannot act there; take a toxic"
    )]
    NotRead {
        /// The link.
        link: String,
        /// The fault.
        fault: String,
    },
    /// The Toxiproxy server does not answer.
    #[error("link `{link}`: the Toxiproxy server at {api} does not answer: {seen}; see that it runs there")]
    ToxiproxyAway {
        /// The link.
        link: String,
        /// Where the server is driven.
        api: SocketAddr,
        /// What was seen instead of an answer.
        seen: String,
    },
    /// The Toxiproxy server answers that it will not do what it was asked, or has not done it.
    #[error("link `{link}`: the Toxiproxy server at {api} did not {asked}: {seen}; {remedy}")]
    ToxiproxyRefused {
        /// The link.
        link: String,
        /// Where the server is driven.
        api: SocketAddr,
        /// What it was asked to do.
        asked: String,
        /// What it answered.
        seen: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl LinkError {
    /// A link has toxics, but not this one.
    pub(crate) fn unknown(link: &str, toxic: &str, present: &[String]) -> Self {
        Self::UnknownToxic {
            link: link.to_owned(),
            toxic: toxic.to_owned(),
            present: if present.is_empty() { "none".to_owned() } else { present.join(", ") },
        }
    }
}
