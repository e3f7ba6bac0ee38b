//! What a link tells.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use crate::rendezvous::Outcome;
use crate::wire::Wire;

/// Who is told what happens on a link.
pub trait Observer: Send + Sync + 'static {
    /// Takes one event. Called synchronously from the task that moves the bytes: it must not block.
    fn observe(&self, event: LinkEvent);

    /// Whether [`Observer::attend`] is to be asked about messages of which this kind ([`Wire::kind`]) is told. Such messages
    /// are held whole.
    fn wants(&self, _kind: &str) -> bool {
        false
    }

    /// A request has come and has yet to be forwarded, or an answer has yet to go to the client; all that was read of it has
    /// been told. It waits for what is returned.
    fn attend(&self, _conn: u64, _about: &[Wire]) -> Option<Waiting> {
        None
    }
}

/// What a message waits for.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

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
    /// A protocol fault could not be done to a message, which went on as it was.
    NotDone {
        /// The fault's name.
        fault: String,
        /// The connection.
        conn: u64,
        /// Why.
        reason: String,
    },
    /// A rendezvous ([`crate::Act::Rendezvous`]) is over for one key.
    Rendezvous {
        /// The fault's name.
        fault: String,
        /// The key.
        key: String,
        /// How it ended.
        outcome: Outcome,
        /// The connections that came, in their order.
        conns: Vec<u64>,
    },
    /// What a protocol said on a connection.
    Read {
        /// The connection.
        conn: u64,
        /// What.
        what: Wire,
    },
    /// Requests of an API, or of a version of one, that is not known here have passed untouched. Told when their connection is over,
    /// before [`LinkEvent::Closed`].
    Unread {
        /// The connection.
        conn: u64,
        /// Kafka's name of the API, or `API` and its number.
        api: Arc<str>,
        /// Its version.
        version: i16,
        /// How many.
        requests: u64,
    },
    /// What passes on a connection is not understood from here on. It is still forwarded, byte for byte; or the connection
    /// is reset, where the link is strict ([`crate::LinkConfig::strict`]) or has yet to answer something in the server's place.
    /// The reason says so.
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
    /// The link itself: it was closed, or it went blind and could not let the connection go on ([`LinkEvent::Blind`]).
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
