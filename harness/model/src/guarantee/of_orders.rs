//! Bounds of what is judged by messages and what became of them.

use serde::{Deserialize, Serialize};

/// Bounds of no-loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfLoss {
    /// The topic whose messages bind.
    pub topic: String,
    /// The consumer group that handles them.
    pub group: String,
    /// The effect (`[effects]` of the system) in which an order shows.
    pub effect: String,
    /// The effect in which dead letters show: an order that is there is not lost either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<String>,
    /// The action of the system (`[actions]`) that publishes: whoever was told 2xx was promised the message, though it stand nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Fewer orders judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of a guarantee that is judged order by order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfOrders {
    /// The topic whose messages bind.
    pub topic: String,
    /// The consumer group that handles them.
    pub group: String,
    /// The effect (`[effects]` of the system) in which an order shows.
    pub effect: String,
    /// Fewer orders judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of idempotency: how many copies of a message an order must have had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfCopies {
    /// The topic whose messages bind.
    pub topic: String,
    /// The consumer group that handles them.
    pub group: String,
    /// The effect: a table with one row an order, an output topic, or a route.
    pub effect: String,
    /// An order is judged when so many equal messages of it (the same status) are acknowledged. 2 if not said; 1 where messages
    /// are not published twice but delivered again.
    #[serde(default = "two")]
    pub copies: usize,
    /// Fewer orders judged than this: inconclusive.
    pub at_least: usize,
}

fn two() -> usize {
    2
}

/// Bounds of completeness: the parts of each order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfParts {
    /// The topic whose messages make an order due.
    pub topic: String,
    /// The effect in which the order shows.
    pub effect: String,
    /// The effect in which its parts show.
    pub parts: String,
    /// The table of parts in the source of truth.
    pub truth: String,
    /// Fewer orders judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfProgress {
    /// The topic whose work is judged.
    pub topic: String,
    /// The consumer group that handles it.
    pub group: String,
    /// The role whose processes are the group's members.
    pub role: String,
    /// The effect by which one sees that a message was handled; one that repeats was handled again.
    pub effect: String,
    /// A message may be handled again this often.
    pub redeliveries: usize,
    /// Fewer messages handled than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of compatibility: messages and effects name the version that made them (`version` of `[topics.NAME]` and `[effects.NAME]`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfVersions {
    /// The topic whose messages bind; it tells their version.
    pub topic: String,
    /// The effect, a table with one row an order and a column for the version that made it.
    pub effect: String,
    /// Columns of the row that no message leaves empty: neither NULL nor an empty text.
    pub required: Vec<String>,
    /// Fewer pairs of a message's version and a handler's that met: inconclusive.
    pub pairs: usize,
    /// Fewer orders judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of accounting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfAccounts {
    /// The topic whose messages are the work.
    pub topic: String,
    /// The ledger: a table with one row for each piece of work, with columns for its status and its reason.
    pub effect: String,
    /// The status of what is done.
    pub done: String,
    /// The status of what has failed.
    pub failed: String,
    /// Fewer pieces of work judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of environment-isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfEnvironments {
    /// The topic of the other environment.
    pub topic: String,
    /// The consumer group that must leave it alone.
    pub group: String,
    /// The effect in which nothing of it may show.
    pub effect: String,
    /// Fewer messages in the topic than this: inconclusive.
    pub at_least: usize,
}
