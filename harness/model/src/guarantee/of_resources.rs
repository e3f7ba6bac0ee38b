//! Bounds of what is judged by time, groups, partitions and processes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::platform::Route;

/// Bounds of isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfIsolation {
    /// The topic whose messages bind.
    pub topic: String,
    /// The effect in which an order shows.
    pub effect: String,
    /// The platform's route whose calls fail: an order with a failed call is in trouble, from its first to the end of the call after
    /// its last; the others are judged. Either this or `bulk` says who is in trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// The status of messages, in whatever topic, that come in bulk: their orders are in trouble from their publishing until the
    /// last of them shows its effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<String>,
    /// Which part of the others' messages has to keep the bound, percent.
    pub percentile: u8,
    /// The bound: from the message's publishing to its effect, e.g. `500ms`.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
    /// Fewer messages of others than this, published while one was in trouble: inconclusive.
    pub at_least: usize,
}

/// Bounds of liveness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfLiveness {
    /// The consumer group.
    pub group: String,
    /// The role whose processes are its members: each that starts, ends, stands still or goes on disturbs the group.
    pub role: String,
    /// The most rebalances for each disturbance, until the next one after its time. Those that come in each other's time are judged
    /// together.
    pub rebalances: usize,
    /// The time from a disturbance to the last rebalance that it leads to, e.g. `5s`.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
    /// Fewer disturbances than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfBalance {
    /// The topic.
    pub topic: String,
    /// The most that one partition may take of the topic's messages, percent.
    pub share: u8,
    /// Fewer messages than this: inconclusive.
    pub at_least: usize,
}

/// What grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// The message.
    Bytes,
    /// The table in which the effect shows.
    Rows,
}

/// Bounds of latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfLatency {
    /// The topic whose messages are handled.
    pub topic: String,
    /// The effect in which an order shows.
    pub effect: String,
    /// What grows while the time has to stay flat.
    pub as_grows: Size,
    /// The median time of the largest quarter may be so many times that of the smallest.
    pub ratio: f64,
    /// Fewer messages than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of economy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfEconomy {
    /// The role whose processes are judged.
    pub role: String,
    /// The topic whose messages are its work: it is idle when all are committed, until the next comes.
    pub topic: String,
    /// The consumer group that takes them.
    pub group: String,
    /// The most CPU that one idle process may use, percent of a core.
    pub cpu: u8,
    /// It is judged when it has been idle for so long, e.g. `2s`.
    #[serde(with = "humantime_serde")]
    pub idle: Duration,
    /// Fewer idle times judged than this: inconclusive.
    pub at_least: usize,
}

/// Bounds of availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OfAvailability {
    /// The topic whose messages are handled.
    pub topic: String,
    /// The effect in which an order shows.
    pub effect: String,
    /// The fault after which work has to go on.
    pub fault: String,
    /// While messages wait, one of them has its effect within this time, from the fault's beginning on, e.g. `5s`.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
    /// Fewer messages waiting when the fault began, or published since, than this: inconclusive.
    pub at_least: usize,
}
