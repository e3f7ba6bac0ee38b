//! The registry of checkers: one line for each guarantee.

use pitfall_model::{Guarantee, Judging};

use crate::{
    accounting, availability, backpressure, balance, compatibility, completeness, convergence, dead_letter,
    economy, environment_isolation, facts::Facts, found::Found, idempotency, isolation, latency, liveness,
    mutual_exclusion, no_loss, order, progress, retry_contract,
};

/// A checker: the guarantee it judges, and how.
pub struct Checker {
    /// The guarantee.
    pub guarantee: Guarantee,
    /// Judges the facts of a history; `None` where the scenario sets no bounds for this guarantee.
    pub run: fn(&Facts, &Judging) -> Option<Checked>,
}

/// What a checker found, with the minimum that the scenario declares for it.
pub struct Checked {
    pub(crate) found: Found,
    /// Fewer judged than this: inconclusive.
    pub(crate) at_least: usize,
}

impl Checked {
    /// How much was judged.
    pub fn judged(&self) -> usize {
        self.found.judged
    }

    /// How much the scenario asks to be judged: less than this is inconclusive.
    pub fn at_least(&self) -> usize {
        self.at_least
    }

    /// How many violations were found.
    pub fn violations(&self) -> usize {
        self.found.violations.len()
    }
}

macro_rules! checkers {
    ($($guarantee:ident: $bounds:ident by $module:ident;)*) => {
        /// Every checker, in the order of [`Guarantee::ALL`].
        pub const ALL: &[Checker] = &[$(Checker {
            guarantee: Guarantee::$guarantee,
            run: |facts, judging| {
                let bounds = judging.guarantees.$bounds.as_ref()?;
                Some(Checked { found: $module::check(facts, bounds, judging), at_least: bounds.at_least })
            },
        }),*];
    };
}

checkers! {
    NoLoss: no_loss by no_loss;
    Order: order by order;
    Convergence: convergence by convergence;
    Completeness: completeness by completeness;
    Idempotency: idempotency by idempotency;
    MutualExclusion: mutual_exclusion by mutual_exclusion;
    RetryContract: retry_contract by retry_contract;
    DeadLetter: dead_letter by dead_letter;
    Isolation: isolation by isolation;
    Backpressure: backpressure by backpressure;
    Progress: progress by progress;
    Liveness: liveness by liveness;
    Balance: balance by balance;
    Compatibility: compatibility by compatibility;
    Accounting: accounting by accounting;
    EnvironmentIsolation: environment_isolation by environment_isolation;
    Latency: latency by latency;
    Economy: economy by economy;
    Availability: availability by availability;
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use pitfall_model::Guarantee;

    #[test]
    fn every_guarantee_has_one_checker() {
        assert_eq!(ALL.iter().map(|c| c.guarantee).collect::<Vec<_>>(), Guarantee::ALL);
    }
}
