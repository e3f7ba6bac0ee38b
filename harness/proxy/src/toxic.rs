//! What can be done to a link: Toxiproxy's toxics, as data.

use std::time::Duration;

use crate::error::LinkError;

/// No time is longer, so that no clock overflows.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// One thing that is done to a link until it is removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Toxic {
    /// Unique on its link.
    pub name: String,
    /// What it does.
    pub kind: ToxicKind,
    /// The stream it acts on. [`ToxicKind::Down`] acts on the whole link, whatever stands here.
    pub direction: Direction,
    /// The share of connections it acts on, 0 to 1, drawn once for each connection. [`ToxicKind::Down`] needs 1.
    pub toxicity: f64,
}

/// Which of a connection's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Client to server.
    Upstream,
    /// Server to client.
    Downstream,
}

/// What a toxic does. Each kind's contract stands with its code, in `toxics/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToxicKind {
    /// Everything arrives later, in its order, at its bandwidth.
    Latency {
        /// How much later.
        latency: Duration,
        /// Up to this much more or less.
        jitter: Duration,
    },
    /// Bytes pass at a limited rate.
    Bandwidth {
        /// Kilobytes (of 1000 bytes) a second; 0 lets nothing pass.
        rate_kb_s: u64,
    },
    /// A closing passes later.
    SlowClose {
        /// How much later.
        delay: Duration,
    },
    /// Bytes are thrown away, and the connection is closed after a time.
    Timeout {
        /// After which time; zero: not before the toxic is removed.
        timeout: Duration,
    },
    /// The connection is reset.
    ResetPeer {
        /// How long after the first bytes.
        timeout: Duration,
    },
    /// Bytes pass in small pieces.
    Slicer {
        /// Bytes in a piece, about.
        average_size: usize,
        /// Up to this many more or less; below `average_size`.
        size_variation: usize,
        /// Time between two pieces.
        delay: Duration,
    },
    /// The connection is closed after a number of bytes.
    LimitData {
        /// How many bytes pass.
        bytes: u64,
    },
    /// All connections are cut, and new ones are refused.
    Down,
}

impl Toxic {
    /// Refuses what cannot be done, and a name that a link has already.
    pub(crate) fn check(
        &self,
        link: &str,
        mut present: impl Iterator<Item = String>,
    ) -> Result<(), LinkError> {
        let (link, toxic) = (link.to_owned(), self.name.clone());
        if let Some(reason) = self.invalid() {
            return Err(LinkError::InvalidToxic { link, toxic, reason });
        }
        if present.any(|name| name == toxic) {
            return Err(LinkError::DuplicateToxic { link, toxic });
        }
        Ok(())
    }

    /// What cannot be done as asked, if anything.
    fn invalid(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.toxicity) {
            return Some(format!("toxicity {} is not within 0 and 1", self.toxicity));
        }
        if let Some(long) = self.times().into_iter().find(|time| *time > LONGEST) {
            return Some(format!("{long:?} is more than a year; times end there"));
        }
        match self.kind {
            ToxicKind::Down if self.toxicity != 1.0 => {
                Some("`down` takes the whole link down: its toxicity must be 1".to_owned())
            }
            ToxicKind::Slicer { average_size: 0, .. } => Some("average_size must be at least 1".to_owned()),
            ToxicKind::Slicer { average_size, size_variation, .. } if size_variation >= average_size => {
                Some(format!("size_variation {size_variation} must be below average_size {average_size}"))
            }
            _ => None,
        }
    }

    fn times(&self) -> Vec<Duration> {
        match self.kind {
            ToxicKind::Latency { latency, jitter } => vec![latency, jitter],
            ToxicKind::SlowClose { delay } | ToxicKind::Slicer { delay, .. } => vec![delay],
            ToxicKind::Timeout { timeout } | ToxicKind::ResetPeer { timeout } => vec![timeout],
            ToxicKind::Bandwidth { .. } | ToxicKind::LimitData { .. } | ToxicKind::Down => vec![],
        }
    }
}
