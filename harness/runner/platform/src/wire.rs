//! What is said at the control port.

use serde::{Deserialize, Serialize};

use crate::{delays::Times, seen::Seen};

pub(crate) const HEALTH: &str = "/health";
pub(crate) const EVENTS: &str = "/events";
pub(crate) const ANSWER_TIMES: &str = "/answer-times";

/// The answer of [`HEALTH`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Health {
    /// Drawn by each process: one that was started again is another.
    pub(crate) instance: u64,
    /// How many events there are.
    pub(crate) events: u64,
}

/// What is asked of [`EVENTS`] and [`ANSWER_TIMES`].
#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    /// The process that is meant; any, if not said.
    pub(crate) instance: Option<u64>,
    /// The number of the first event that is wanted.
    #[serde(default)]
    pub(crate) from: u64,
}

/// A line of [`EVENTS`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// How many events were before it.
    pub(crate) number: u64,
    #[serde(flatten)]
    pub(crate) seen: Seen,
}

/// The answer of [`ANSWER_TIMES`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WereSet {
    /// What the answer times were.
    pub(crate) was: Times,
    /// How many events there were when they were set.
    pub(crate) events: u64,
}
