//! Links: the TCP paths between the system under test and the world.
//!
//! A [`Link`] listens on an address of its own and forwards to an upstream. [`Toxic`]s act on what passes; an
//! [`Observer`] is told what happened. Nothing here is global: a process may hold any number of links.
//!
//! The toxics act in the link itself ([`Link::open`]), or in a proxy of a [`Toxiproxy`] server: behind a link that still
//! reads and tells ([`Link::open_on`]), or by itself between two containers ([`Link::between`]).
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use pitfall_proxy::{Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind};
//! # use tokio::io::AsyncReadExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let upstream = server.local_addr()?;
//! let config = LinkConfig {
//!     name: "consumer->kafka".into(),
//!     listen: "127.0.0.1:0".parse()?,
//!     upstream,
//!     protocol: Protocol::Tcp,
//!     seed: 42,
//!     strict: false,
//! };
//! let link = Link::open(config, Arc::new(|event: LinkEvent| println!("{event:?}"))).await?;
//!
//! let latency = ToxicKind::Latency { latency: Duration::from_millis(100), jitter: Duration::ZERO };
//! let slow = Toxic { name: "slow".into(), kind: latency, direction: Direction::Downstream, toxicity: 1.0 };
//! link.add(slow).await?;
//! # drop(tokio::net::TcpStream::connect(link.address()).await?);
//! # assert_eq!(server.accept().await?.0.read(&mut [0; 1]).await?, 0);
//! link.remove("slow").await?;
//! link.close().await;
//! # Ok(())
//! # }
//! ```

mod chain;
mod config;
mod connection;
#[cfg(test)]
mod corpus;
mod door;
mod draw;
mod ending;
mod error;
mod event;
mod fault;
mod front;
mod gate;
mod http;
mod hub;
mod inflow;
mod item;
mod kafka;
mod lane;
mod link;
mod mysql;
mod reader;
mod rendezvous;
mod schedule;
mod stage;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toxic;
mod toxics;
mod toxiproxy;
mod wire;
mod witness;

pub use config::{LinkConfig, Protocol};
pub use error::LinkError;
pub use event::{ClosedBy, LinkEvent, Observer, Waiting};
pub use fault::{Act, Change, Matcher, ProtocolFault};
pub use http::HttpEvent;
pub use kafka::{Assignment, KafkaBrokers, KafkaError, KafkaEvent, KafkaSaid, RecordKey};
pub use link::Link;
pub use mysql::{MysqlEvent, MysqlOutcome, SqlError};
pub use rendezvous::Outcome;
pub use toxic::{Direction, Toxic, ToxicKind};
pub use toxiproxy::Toxiproxy;
pub use wire::Wire;
