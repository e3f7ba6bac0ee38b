//! A run's own names: what keeps the runs that share servers apart.

use std::net::{IpAddr, Ipv4Addr};

use rand::Rng;

/// Own id, own loopback address; names of topics, groups and databases carry the id.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) id: String,
    /// Links and the system's own listeners live here, so that a fixed port is always free.
    pub(crate) address: IpAddr,
}

impl Names {
    /// Drawn by chance and not from the run's seed: two runs with one seed may stand side by side.
    pub(crate) fn draw() -> Self {
        let mut random = rand::rng();
        let id = format!("r{:08x}", random.next_u32());
        // The servers' addresses lie below 127.128.
        let [a, b, c, _] = random.next_u32().to_be_bytes();
        let address = IpAddr::V4(Ipv4Addr::new(127, 128 | a, b, c.clamp(1, 254)));
        Self { id, address }
    }

    /// A topic's or group's real name.
    pub(crate) fn on_kafka(&self, name: &str) -> String {
        format!("{}.{name}", self.id)
    }

    /// A database's real name.
    pub(crate) fn on_mysql(&self, name: &str) -> String {
        format!("{}_{}", self.id, name.replace('-', "_"))
    }

    /// The scenario's name for a real topic or group; what is no name of this run's stays.
    pub(crate) fn of_kafka(&self, real: &str) -> String {
        real.strip_prefix(&self.id).and_then(|rest| rest.strip_prefix('.')).unwrap_or(real).to_owned()
    }

    /// The scenario's name for a real database, with `_` for `-`; what is no name of this run's stays.
    pub(crate) fn of_mysql(&self, real: &str) -> String {
        real.strip_prefix(&self.id).and_then(|rest| rest.strip_prefix('_')).unwrap_or(real).to_owned()
    }
}
