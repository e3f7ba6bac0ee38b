//! What is measured: each checker, and some by another effect.

use std::{fmt, time::Duration};

use pitfall_checkers::{facts::Facts, registry};
use pitfall_model::{Guarantees, Judging};

use crate::{Failure, alone::alone, memory::Memory, processor};

/// A checker and what it judges by.
pub(crate) struct Case {
    checker: &'static registry::Checker,
    pub(crate) judging: Judging,
    /// How it differs from the checker's first.
    by: &'static str,
}

/// What a checker found on a history, and the memory in use while it did.
pub(crate) struct Used {
    pub(crate) judged: usize,
    pub(crate) at_least: usize,
    pub(crate) violations: usize,
    pub(crate) memory: u64,
}

/// Every checker in the registry; then those that judge calls in another way than rows.
pub(crate) fn all() -> Result<Vec<Case>, Failure> {
    let judging: Judging = serde_json::from_str(include_str!("judging.json"))?;
    let guarantees: Guarantees = serde_json::from_str(include_str!("by-calls.json"))?;
    let by_calls = Judging { guarantees, ..judging.clone() };
    let empty = Facts::default();
    let of_registry = registry::ALL.iter().map(|checker| Case { checker, judging: judging.clone(), by: "" });
    let has_bounds = registry::ALL.iter().filter(|checker| (checker.run)(&empty, &by_calls).is_some());
    let of_calls = has_bounds.map(|checker| Case { checker, judging: by_calls.clone(), by: ", by calls" });
    Ok(of_registry.chain(of_calls).collect())
}

impl Case {
    /// Judges a history; fails where too little of it was judged to tell anything of the checker.
    pub(crate) fn used(&self, facts: &Facts, memory: &Memory) -> Result<Used, Failure> {
        memory.forget()?;
        let checked = alone(|| {
            let checked = (self.checker.run)(facts, &self.judging)?;
            Some((checked.judged(), checked.at_least(), checked.violations()))
        })?;
        let (judged, at_least, violations) =
            checked.ok_or_else(|| format!("{self}: judging.json sets no bounds for it"))?;
        if judged < at_least {
            return Err(format!(
                "{self}: judged {judged}, its bounds ask for {at_least}: world.rs has to give it more to judge"
            )
            .into());
        }
        Ok(Used { judged, at_least, violations, memory: memory.most()? })
    }

    /// The time that it takes to judge these histories, one after the other.
    pub(crate) fn time(&self, histories: &[Facts]) -> Result<Duration, Failure> {
        let mut all = Duration::ZERO;
        for facts in histories {
            let judge = || drop(std::hint::black_box((self.checker.run)(facts, &self.judging)));
            all += alone(|| processor::time(judge))??;
        }
        Ok(all)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.checker.guarantee, self.by)
    }
}
