//! The brokers of a cluster, and where clients reach them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// At which link's address clients reach which broker of a cluster.
///
/// The links to a cluster share one: each is opened with a clone of it ([`crate::Protocol::KafkaCluster`]), and when it
/// listens, its address is [put in](Self::put). When all are in, clients may come. A broker that is not in it is named by the
/// address of the link that the answer passes: there a client that asks for its partitions is refused and asks again,
/// but it slips past no link.
///
/// ```
/// use pitfall_proxy::{KafkaBrokers, Link, LinkConfig, Protocol};
/// # async fn open(upstreams: Vec<(i32, std::net::SocketAddr)>) -> Result<Vec<Link>, Box<dyn std::error::Error>> {
/// # let observer = std::sync::Arc::new(|_| {});
/// let brokers = KafkaBrokers::default();
/// let mut links = Vec::new();
/// for (node_id, upstream) in upstreams {
///     let config = LinkConfig {
///         name: format!("consumer->kafka-{node_id}"),
///         listen: "127.0.0.1:0".parse()?,
///         upstream,
///         protocol: Protocol::KafkaCluster(brokers.clone()),
///         seed: 42,
///         strict: false,
///     };
///     let link = Link::open(config, observer.clone()).await?;
///     brokers.put(node_id, link.address());
///     links.push(link);
/// }
/// # Ok(links)
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct KafkaBrokers {
    addresses: Arc<RwLock<BTreeMap<i32, SocketAddr>>>,
}

impl KafkaBrokers {
    /// From now on clients are told that the broker of this node id is at this address.
    pub fn put(&self, node_id: i32, address: SocketAddr) {
        self.addresses.write().unwrap_or_else(PoisonError::into_inner).insert(node_id, address);
    }

    /// Where the broker of this node id is, if that is known.
    pub fn get(&self, node_id: i32) -> Option<SocketAddr> {
        self.addresses.read().unwrap_or_else(PoisonError::into_inner).get(&node_id).copied()
    }
}

/// The same ones, not such as are at the same addresses.
impl PartialEq for KafkaBrokers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.addresses, &other.addresses)
    }
}

impl Eq for KafkaBrokers {}
