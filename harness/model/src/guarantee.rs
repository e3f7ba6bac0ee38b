//! Guarantees: what a system can promise, and the bounds a scenario sets for judging each.

use serde::{Deserialize, Serialize};

/// What a system can promise; each is judged by one checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// No acknowledged message is without effect.
    NoLoss,
    /// An order's statuses are applied in publishing order.
    Order,
    /// Every order ends with its last published status.
    Convergence,
    /// No incomplete read is stored as complete; every order ends with all its parts.
    Completeness,
    /// Concurrent and repeated copies of a message have one effect, and make no error.
    Idempotency,
    /// Commits advance, redeliveries are bounded, failed commits are surfaced.
    Progress,
}

impl Guarantee {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::NoLoss,
        Self::Order,
        Self::Convergence,
        Self::Completeness,
        Self::Idempotency,
        Self::Progress,
    ];

    /// The name used in scenario files, reports and snapshots.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLoss => "no-loss",
            Self::Order => "order",
            Self::Convergence => "convergence",
            Self::Completeness => "completeness",
            Self::Idempotency => "idempotency",
            Self::Progress => "progress",
        }
    }

    /// Whether its verdict depends on time, so that a stall of the harness makes a violation inconclusive.
    pub fn is_about_time(self) -> bool {
        matches!(self, Self::Progress)
    }
}

impl std::fmt::Display for Guarantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// `[guarantees]` of a scenario: the guarantees it judges, each with its bounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guarantees {
    /// Bounds of [`Guarantee::NoLoss`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_loss: Option<OfOrders>,
    /// Bounds of [`Guarantee::Order`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OfOrders>,
    /// Bounds of [`Guarantee::Convergence`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convergence: Option<OfOrders>,
    /// Bounds of [`Guarantee::Completeness`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<OfParts>,
    /// Bounds of [`Guarantee::Idempotency`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<OfCopies>,
    /// Bounds of [`Guarantee::Progress`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<OfProgress>,
}

impl Guarantees {
    /// Those that have bounds here, in registry order.
    pub fn judged(&self) -> Vec<Guarantee> {
        let present = |guarantee: &&Guarantee| match guarantee {
            Guarantee::NoLoss => self.no_loss.is_some(),
            Guarantee::Order => self.order.is_some(),
            Guarantee::Convergence => self.convergence.is_some(),
            Guarantee::Completeness => self.completeness.is_some(),
            Guarantee::Idempotency => self.idempotency.is_some(),
            Guarantee::Progress => self.progress.is_some(),
        };
        Guarantee::ALL.iter().filter(present).copied().collect()
    }
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
    /// The effect, a table with one row an order.
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
