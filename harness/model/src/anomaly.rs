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
    LostMessage, "lost-message", NoLoss, implies [SkippedStatus, NotConverged, IncompleteOrder, DeadLetterMissing, UnaccountedWork],
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
    DuplicateEffect, "duplicate-effect", Idempotency, implies [],
        "Copies of one message had their effect more than once: two calls that succeeded, or two messages in an output topic.";
    OverlappingCalls, "overlapping-calls", MutualExclusion, implies [],
        "Two calls of one order were in flight at the same time, while nobody had to give the order away.";
    OverlappingHandOver, "overlapping-hand-over", MutualExclusion, implies [],
        "The group was rebalanced while a call was in flight, and the order was called by its new owner before the old one was through.";
    TooManyAttempts, "too-many-attempts", RetryContract, implies [],
        "A failing call was tried more often than its budget allows.";
    GaveUpEarly, "gave-up-early", RetryContract, implies [],
        "A message was acknowledged after its last call had failed, with tries of its budget left.";
    BackOffTooShort, "back-off-too-short", RetryContract, implies [],
        "A failed call was tried again sooner than the back-off allows.";
    ReorderedByRetry, "reordered-by-retry", RetryContract, implies [OutOfOrder, SkippedStatus, NotConverged],
        "While a call of an order was still to be tried again, a later message of the same order was applied.";
    DeadLetterMissing, "dead-letter-missing", DeadLetter, implies [LostMessage],
        "A message was acknowledged without its effect, and no dead letter tells of it.";
    DeadLetterRepeated, "dead-letter-repeated", DeadLetter, implies [],
        "An order has more than one dead letter, or one although it was handled.";
    DeadLetterWithoutReason, "dead-letter-without-reason", DeadLetter, implies [],
        "A dead letter does not say why.";
    DeadLetterMisannounced, "dead-letter-misannounced", DeadLetter, implies [],
        "A dead letter was not announced by exactly one alert that names its order.";
    HeadOfLineBlocking, "head-of-line-blocking", Isolation, implies [],
        "While some orders were in trouble, messages of others waited beyond the bound.";
    TooManyInFlight, "too-many-in-flight", Backpressure, implies [],
        "More calls were in flight at one moment, over all instances, than the limit allows.";
    RateExceeded, "rate-exceeded", Backpressure, implies [],
        "More calls began within the window of the rate, over all instances, than it allows.";
    CallDuringBan, "call-during-ban", Backpressure, implies [],
        "A client that had been told of a ban called again before the ban was over.";
    LagNotDrained, "lag-not-drained", Backpressure, implies [],
        "The backlog was not worked off within its time.";
    StalledCommits, "stalled-commits", Progress, implies [],
        "Work was done again and again while the committed offset in front of it stood still to the end.";
    RedeliveryStorm, "redelivery-storm", Progress, implies [],
        "A message was handled more often than the bound on redeliveries allows.";
    SilentCommitFailure, "silent-commit-failure", Progress, implies [],
        "Handled work was delivered again to a living group because its commit had failed, and nobody was told.";
    OffsetRewound, "offset-rewound", Progress, implies [],
        "The committed offset of a partition went back.";
    OffsetSkipped, "offset-skipped", Progress, implies [LostMessage, UnaccountedWork],
        "An offset was committed past messages that had never been given to any consumer of the group.";
    UnsettledGroup, "unsettled-group", Liveness, implies [],
        "After members had come or gone, the group rebalanced more often, or for longer, than the bound allows.";
    HotPartition, "hot-partition", Balance, implies [],
        "One partition took more than its share of the topic's messages.";
    FieldLost, "field-lost", Compatibility, implies [],
        "A message of one version was stored by a handler of another with a required column empty.";
    UnaccountedWork, "unaccounted-work", Accounting, implies [],
        "When the run ends, nobody can tell whether a piece of work was done or has failed.";
    FailureWithoutReason, "failure-without-reason", Accounting, implies [],
        "A piece of work ended as failed, and the ledger does not say why.";
    ForeignMessageHandled, "foreign-message-handled", EnvironmentIsolation, implies [],
        "A message of another environment was given to the group and acknowledged, or had an effect.";
    LatencyGrows, "latency-grows", Latency, implies [],
        "Handling took longer, beyond the ratio, where the table or the message was larger.";
    BusyWhenIdle, "busy-when-idle", Economy, implies [],
        "A process that had nothing to do used more CPU than the bound allows.";
    SlowToGoOn, "slow-to-go-on", Availability, implies [],
        "After the fault had begun, no waiting message had its effect within the bound.";
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
