//! Bounds of what is judged by calls of the platform and what became of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::platform::Route;

/// Bounds of mutual-exclusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfExclusion {
    /// The platform's route that is called once an order at a time.
    pub route: Route,
    /// The consumer group whose members call: a call that overlaps because its partition was given to another is told apart.
    pub group: String,
    /// Fewer orders with more than one call than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of the retry contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfRetries {
    /// The topic whose messages make the calls due.
    pub topic: String,
    /// The consumer group that handles them.
    pub group: String,
    /// The platform's route that is called, and fails.
    pub route: Route,
    /// The effect in which an order's statuses are applied.
    pub effect: String,
    /// So many calls a message: the first, and its retries.
    pub attempts: usize,
    /// The least time between the failure and the next try, e.g. `200ms`.
    #[serde(with = "humantime_serde")]
    pub back_off: Duration,
    /// Fewer orders with a failed call than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfDeadLetters {
    /// The topic whose messages bind.
    pub topic: String,
    /// The consumer group that handles them.
    pub group: String,
    /// The effect in which an order shows that was handled.
    pub effect: String,
    /// The effect in which a dead letter shows: a table with a column for its reason.
    pub dead: String,
    /// Fewer dead orders than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of backpressure; each is judged where it is given, and a ban wherever a route is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfPressure {
    /// The platform's route that is called. Without one only the backlog is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// The most calls in flight at any time, over all instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<usize>,
    /// The most calls in any window of a time, over all instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// The backlog that has to drain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drains: Option<Drains>,
    /// Fewer calls than this, without a route fewer messages of the backlog: inconclusive.
    pub at_least: usize,
}

/// So many calls in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rate {
    /// Calls.
    pub requests: usize,
    /// The time, e.g. `1s`.
    #[serde(with = "humantime_serde")]
    pub per: Duration,
}

/// A backlog, and how soon it has to be worked off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Drains {
    /// The topic it stands in.
    pub topic: String,
    /// The consumer group that has to commit past it.
    pub group: String,
    /// The time since the backlog's last message was published, e.g. `5s`.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
}
