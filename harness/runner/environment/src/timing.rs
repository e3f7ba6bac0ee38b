//! How long the parts of a start took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One part of a start. Parts overlap: they do not add up to the whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// What took this long.
    pub name: String,
    /// From when to when, counted from the start of the environment.
    pub from: Duration,
    /// Its end.
    pub until: Duration,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, until) = (self.from.as_millis(), self.until.as_millis());
        write!(f, "{}: {} ms ({from} to {until})", self.name, until - from)
    }
}
