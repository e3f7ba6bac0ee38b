//! The registry of anomalies: each name, what it means, whose guarantee it breaks, what it implies.

use serde::{Deserialize, Serialize};

use crate::guarantee::Guarantee;

macro_rules! anomalies {
    ($($variant:ident, $name:literal, $guarantee:ident, implies [$($implied:ident),*], $meaning:literal;)*) => {
        /// A named way in which a guarantee is broken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Anomaly { $(#[doc = $meaning] #[serde(rename = $name)] $variant,)* }

        impl Anomaly {
            /// All of them, in the registry's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name used in scenario files, reports and snapshots.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// One sentence that defines it.
            pub fn meaning(self) -> &'static str { match self { $(Self::$variant => $meaning,)* } }

            /// The guarantee it breaks.
            pub fn guarantee(self) -> Guarantee { match self { $(Self::$variant => Guarantee::$guarantee,)* } }

            /// Anomalies that must be expected wherever this one is.
            pub fn implies(self) -> &'static [Self] { match self { $(Self::$variant => &[$(Self::$implied),*],)* } }
        }
    };
}

anomalies! {
    LostMessage, "lost-message", NoLoss, implies [SkippedStatus, NotConverged, IncompleteOrder],
        "A message was acknowledged (its offset committed), yet its order is nowhere to be seen when the run ends.";
    OutOfOrder, "out-of-order", Order, implies [NotConverged],
        "A status was applied after one that was published later for the same order.";
    SkippedStatus, "skipped-status", Order, implies [],
        "A published status was never applied to its order, although it was acknowledged or a later one was applied.";
    NotConverged, "not-converged", Convergence, implies [],
        "When the run ends, an order does not have the last status that was published for it.";
    PartialReadStored, "partial-read-stored", Completeness, implies [IncompleteOrder],
        "An order was stored with fewer parts than the source of truth had committed before.";
    IncompleteOrder, "incomplete-order", Completeness, implies [],
        "When the run ends, an order is shown without all its parts, or not at all.";
    DuplicateKeyError, "duplicate-key-error", Idempotency, implies [],
        "Two handlers inserted the same row: one of them got error 1062.";
    DuplicateRow, "duplicate-row", Idempotency, implies [],
        "When the run ends, two rows with different primary keys stand for one order.";
    StalledCommits, "stalled-commits", Progress, implies [],
        "Work was done again and again while the committed offset in front of it stood still to the end.";
    RedeliveryStorm, "redelivery-storm", Progress, implies [],
        "A message was handled more often than the bound on redeliveries allows.";
    SilentCommitFailure, "silent-commit-failure", Progress, implies [],
        "Handled work was delivered again to a living group because its commit had failed, and nobody was told.";
}

impl Anomaly {
    /// `declared` and everything it implies, transitively.
    pub fn closure(declared: &[Self]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut open = declared.to_vec();
        while let Some(anomaly) = open.pop() {
            if !all.contains(&anomaly) {
                all.push(anomaly);
                open.extend(anomaly.implies());
            }
        }
        all.sort();
        all
    }
}

impl std::fmt::Display for Anomaly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closure_follows_implications() {
        let closure = Anomaly::closure(&[Anomaly::LostMessage]);
        assert!(closure.contains(&Anomaly::NotConverged));
        assert!(closure.contains(&Anomaly::IncompleteOrder));
        assert!(!closure.contains(&Anomaly::OutOfOrder));
    }

    #[test]
    fn every_guarantee_has_an_anomaly() {
        for guarantee in Guarantee::ALL {
            assert!(Anomaly::ALL.iter().any(|a| a.guarantee() == *guarantee), "{guarantee}");
        }
    }
}
