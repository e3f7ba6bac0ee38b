//! Guarantees: what a system can promise, and the bounds a scenario sets for judging each.

mod of_calls;
mod of_orders;
mod of_resources;

use serde::{Deserialize, Serialize};

pub use of_calls::{Drains, OfDeadLetters, OfExclusion, OfPressure, OfRetries, Rate};
pub use of_orders::{
    OfAccounts, OfCopies, OfEnvironments, OfLoss, OfOrders, OfParts, OfProgress, OfVersions,
};
pub use of_resources::{OfAvailability, OfBalance, OfEconomy, OfIsolation, OfLatency, OfLiveness, Size};

macro_rules! guarantees {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $field:ident: $bounds:ident, about time $time:literal;)*) => {
        /// What a system can promise; each is judged by one checker.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Guarantee { $($(#[$doc])* $variant,)* }

        impl Guarantee {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name used in scenario files, reports and snapshots.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// Whether its verdict depends on time, so that a stall of the harness makes a violation inconclusive.
            pub fn is_about_time(self) -> bool { match self { $(Self::$variant => $time,)* } }
        }

        /// `[guarantees]` of a scenario: the guarantees it judges, each with its bounds.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Guarantees { $(
            #[doc = concat!("Bounds of [`Guarantee::", stringify!($variant), "`].")]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$bounds>,
        )* }

        impl Guarantees {
            /// Those that have bounds here, in registry order.
            pub fn judged(&self) -> Vec<Guarantee> {
                let all = [$((Guarantee::$variant, self.$field.is_some())),*];
                all.into_iter().filter(|(_, is_judged)| *is_judged).map(|(guarantee, _)| guarantee).collect()
            }
        }
    };
}

guarantees! {
    /// No acknowledged message is without effect.
    NoLoss, "no-loss", no_loss: OfLoss, about time false;
    /// An order's statuses are applied in publishing order.
    Order, "order", order: OfOrders, about time false;
    /// Every order ends with its last published status.
    Convergence, "convergence", convergence: OfOrders, about time false;
    /// No incomplete read is stored as complete; every order ends with all its parts.
    Completeness, "completeness", completeness: OfParts, about time false;
    /// Concurrent and repeated copies of a message have one effect, and make no error.
    Idempotency, "idempotency", idempotency: OfCopies, about time false;
    /// At most one call of an order is in flight at any time.
    MutualExclusion, "mutual-exclusion", mutual_exclusion: OfExclusion, about time false;
    /// A failed call is tried again within its budget, after its back-off, and in its order's turn.
    RetryContract, "retry-contract", retry_contract: OfRetries, about time true;
    /// What cannot be done ends as a dead letter, exactly once, with its reason and one alert.
    DeadLetter, "dead-letter", dead_letter: OfDeadLetters, about time false;
    /// While some orders are in trouble, the others keep their latency.
    Isolation, "isolation", isolation: OfIsolation, about time true;
    /// Calls stay under the limit of who is called, nobody is called during a ban, and lag drains.
    Backpressure, "backpressure", backpressure: OfPressure, about time true;
    /// Commits advance and never rewind or skip, redeliveries are bounded, failed commits are surfaced.
    Progress, "progress", progress: OfProgress, about time true;
    /// After members come or go, the group settles within a number of rebalances and a time.
    Liveness, "liveness", liveness: OfLiveness, about time true;
    /// No partition takes more than its share of a topic's messages.
    Balance, "balance", balance: OfBalance, about time false;
    /// Old and new messages are handled right by old and new versions.
    Compatibility, "compatibility", compatibility: OfVersions, about time false;
    /// Every piece of work ends known: done, or failed with its reason.
    Accounting, "accounting", accounting: OfAccounts, about time false;
    /// Nothing of another environment is taken.
    EnvironmentIsolation, "environment-isolation", environment_isolation: OfEnvironments, about time false;
    /// Handling time stays flat as a table or a message grows.
    Latency, "latency", latency: OfLatency, about time true;
    /// An idle process uses next to no CPU.
    Economy, "economy", economy: OfEconomy, about time true;
    /// After a fault, work goes on within a time.
    Availability, "availability", availability: OfAvailability, about time true;
}

impl std::fmt::Display for Guarantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
