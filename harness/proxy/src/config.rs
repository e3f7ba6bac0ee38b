//! What a link is made from.

use std::net::SocketAddr;

use crate::kafka::KafkaBrokers;

/// What a link is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkConfig {
    /// The link's name, e.g. `consumer->kafka`.
    pub name: String,
    /// Where it listens; port 0 takes a free one, which then stays the link's own for its whole life.
    pub listen: SocketAddr,
    /// Where it forwards to.
    pub upstream: SocketAddr,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Where toxicity and jitter are drawn from. A draw depends on the seed, the number of the connection and the name
    /// of the toxic, and on nothing else.
    pub seed: u64,
    /// What becomes of a connection whose bytes are not understood ([`crate::LinkEvent::Blind`]): it is reset, and nothing goes on
    /// of what was not understood; or else it passes as plain TCP. What had passed before it was known to be none of the
    /// protocol has passed.
    pub strict: bool,
}

/// What is spoken on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// Bytes: nothing is read.
    Tcp,
    /// Kafka, of one broker: the addresses of brokers in answers become the link's own, so that no client slips past it.
    ///
    /// To keep that true the link offers no API version in whose answers an address would stand elsewhere: Produce
    /// ends at 9, Fetch at 12, share fetching is not offered, and transactions are those of version 1.
    Kafka,
    /// Kafka, of a cluster with a link for each broker: as [`Protocol::Kafka`], but the addresses become those of the
    /// brokers' own links.
    KafkaCluster(KafkaBrokers),
    /// MySQL and MariaDB: statements and their outcomes are read.
    ///
    /// To keep that possible the link offers neither TLS nor compression nor what else would hide them: see the room's
    /// README.
    Mysql,
    /// HTTP/1.0 and 1.1: requests and the heads of their answers are read.
    Http,
}
