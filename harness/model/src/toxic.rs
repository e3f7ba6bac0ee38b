//! Toxics as scenario files name them: Toxiproxy's names, attributes and meanings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The direction a toxic acts in, with Toxiproxy's names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// From client to server.
    Upstream,
    /// From server to client.
    #[default]
    Downstream,
}

/// What a toxic does to the bytes and connections of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Toxic {
    /// Every byte arrives later, by `latency` plus or minus up to `jitter`.
    Latency {
        /// The delay.
        #[serde(with = "humantime_serde")]
        latency: Duration,
        /// Its variation.
        #[serde(default, with = "humantime_serde")]
        jitter: Duration,
    },
    /// At most `rate` kilobytes a second.
    Bandwidth {
        /// Kilobytes (1,000 bytes) a second.
        rate: u64,
    },
    /// A connection's end arrives later.
    SlowClose {
        /// The delay.
        #[serde(with = "humantime_serde")]
        delay: Duration,
    },
    /// No byte passes; the connection is closed after `timeout` (0: never).
    Timeout {
        /// When it is closed.
        #[serde(with = "humantime_serde")]
        timeout: Duration,
    },
    /// The connection is reset after `timeout`.
    ResetPeer {
        /// When it is reset.
        #[serde(with = "humantime_serde")]
        timeout: Duration,
    },
    /// Bytes arrive in small pieces.
    Slicer {
        /// Average size of a piece, bytes.
        average_size: usize,
        /// Its variation, bytes.
        #[serde(default)]
        size_variation: usize,
        /// Pause after each piece.
        #[serde(default, with = "humantime_serde")]
        delay: Duration,
    },
    /// The connection is closed after so many bytes.
    LimitData {
        /// Bytes.
        bytes: u64,
    },
    /// Connections are cut and new ones refused. Braces, so that attributes it has not are errors.
    Down {},
}
