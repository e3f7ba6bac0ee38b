//! By which address a client is to reach a broker.

use std::net::SocketAddr;
use std::sync::Arc;

/// By which address a client is to reach the broker of a node id.
#[derive(Clone)]
pub(crate) struct BrokerAddresses(Arc<dyn Fn(i32) -> SocketAddr + Send + Sync>);

impl BrokerAddresses {
    /// A mapping of one's own: with a link for each broker, each node has its link's address.
    pub(crate) fn new(address_of: impl Fn(i32) -> SocketAddr + Send + Sync + 'static) -> Self {
        Self(Arc::new(address_of))
    }

    /// All brokers at one address: right for a cluster of one.
    pub(crate) fn all_at(address: SocketAddr) -> Self {
        Self::new(move |_| address)
    }

    /// The address of one node.
    pub(crate) fn of(&self, node_id: i32) -> SocketAddr {
        (self.0)(node_id)
    }
}
