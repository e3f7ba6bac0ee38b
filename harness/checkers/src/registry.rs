//! The registry of checkers: one line for each guarantee.

use pitfall_model::{Finding, Guarantee, History, Judging};

use crate::{completeness, convergence, idempotency, no_loss, order, progress};

/// A checker: the guarantee it judges, and how.
pub struct Checker {
    /// The guarantee.
    pub guarantee: Guarantee,
    /// Judges a history; `None` where the scenario sets no bounds for this guarantee.
    pub run: fn(&History, &Judging) -> Option<Checked>,
}

/// What a checker found, with the minimum that the scenario declares for it.
pub struct Checked {
    /// What was found.
    pub finding: Finding,
    /// Fewer judged than this: inconclusive.
    pub at_least: usize,
}

macro_rules! checkers {
    ($($guarantee:ident: $bounds:ident by $module:ident;)*) => {
        /// Every checker, in the order of [`Guarantee::ALL`].
        pub const ALL: &[Checker] = &[$(Checker {
            guarantee: Guarantee::$guarantee,
            run: |history, judging| {
                let bounds = judging.guarantees.$bounds.as_ref()?;
                Some(Checked { finding: $module::check(history, bounds, judging), at_least: bounds.at_least })
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
    Progress: progress by progress;
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
