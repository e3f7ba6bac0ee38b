//! What a link tells.

use std::fmt;
use std::net::SocketAddr;

use crate::wire::Wire;

/// Who is told what happens on a link.
pub trait Observer: Send + Sync + 'static {
    /// Takes one event. Called synchronously from the task that moves the bytes: it must not block.
    fn observe(&self, event: LinkEvent);
}

impl<F> Observer for F
where
    F: Fn(LinkEvent) + Send + Sync + 'static,
{
    fn observe(&self, event: LinkEvent) {
        self(event);
    }
}

/// What a link tells. `conn` is a number unique in the link, given in the order of accepting, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// A client has connected. Each `Opened` is followed by one `Closed`.
    Opened {
        /// The connection.
        conn: u64,
        /// The client's address.
        client: SocketAddr,
    },
    /// The upstream could not be reached; the client is reset.
    UpstreamFailed {
        /// The connection.
        conn: u64,
        /// What the operating system said.
        error: String,
    },
    /// A connection is over.
    Closed {
        /// The connection.
        conn: u64,
        /// Who ended it.
        by: ClosedBy,
        /// Bytes handed to the upstream.
        bytes_up: u64,
        /// Bytes handed to the client.
        bytes_down: u64,
    },
    /// A toxic did something: told at its first bite into a connection's bytes, and each time it ends a connection. Of a
    /// toxic on a Toxiproxy server: when it has been measured.
    Bit {
        /// The toxic's name.
        toxic: String,
        /// The connection, or `None` where the whole link was bitten.
        conn: Option<u64>,
        /// What it did, for a reader.
        what: String,
    },
    /// What a protocol said on a connection.
    Read {
        /// The connection.
        conn: u64,
        /// What.
        what: Wire,
    },
    /// What passes on a connection is not understood from here on. It is still forwarded, byte for byte.
    Blind {
        /// The connection.
        conn: u64,
        /// Why.
        reason: String,
    },
}

/// Who ended a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// The client: it was the first to close, or it reset.
    Client,
    /// The upstream: it was the first to close, it reset, or it could not be reached.
    Server,
    /// The toxic of this name.
    Toxic(String),
    /// The link itself, because it was closed.
    Link,
}

impl fmt::Display for ClosedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("client"),
            Self::Server => f.write_str("server"),
            Self::Toxic(name) => write!(f, "toxic `{name}`"),
            Self::Link => f.write_str("link"),
        }
    }
}
