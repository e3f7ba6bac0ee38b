//! Needs: the taps by which a guarantee is judged. What needs one that was not read in a run cannot be judged by it, and says so.

use std::collections::BTreeSet;

use pitfall_model::{Effect, Guarantee, Judging, OfOrders, Tap};

use crate::{
    facts::Facts,
    found::Found,
    registry::{Checked, Checker},
};

/// What the guarantee needs within its bounds, in the order of [`Tap::ALL`]; nothing where it has no bounds.
pub fn needs(guarantee: Guarantee, judging: &Judging) -> Vec<Tap> {
    let (all, needs) = (&judging.guarantees, Needs { judging, taps: BTreeSet::new() });
    let found = match guarantee {
        Guarantee::NoLoss => all.no_loss.as_ref().map(|bounds| {
            let dead = bounds.dead.as_deref().unwrap_or(&bounds.effect);
            needs.topic().group().effect(&bounds.effect).effect(dead)
        }),
        Guarantee::Order => all.order.as_ref().map(|bounds| needs.orders(bounds)),
        Guarantee::Convergence => all.convergence.as_ref().map(|bounds| needs.orders(bounds)),
        Guarantee::Completeness => all
            .completeness
            .as_ref()
            .map(|bounds| needs.topic().effect(&bounds.effect).effect(&bounds.parts).table()),
        Guarantee::Idempotency => all
            .idempotency
            .as_ref()
            .map(|bounds| needs.topic().group().effect(&bounds.effect).and(Tap::SqlErrors)),
        Guarantee::Progress => all
            .progress
            .as_ref()
            .map(|bounds| needs.topic().group().role().effect(&bounds.effect).and(Tap::Platform)),
        Guarantee::MutualExclusion => {
            all.mutual_exclusion.as_ref().map(|_| needs.and(Tap::Platform).and(Tap::KafkaLinks))
        }
        Guarantee::RetryContract => all
            .retry_contract
            .as_ref()
            .map(|bounds| needs.topic().group().effect(&bounds.effect).and(Tap::Platform)),
        Guarantee::DeadLetter => all.dead_letter.as_ref().map(|bounds| {
            needs.topic().group().effect(&bounds.effect).effect(&bounds.dead).and(Tap::Platform)
        }),
        Guarantee::Isolation => all.isolation.as_ref().map(|bounds| {
            let needs = needs.topic().effect(&bounds.effect).and(Tap::Stalls);
            if bounds.route.is_some() { needs.and(Tap::Platform) } else { needs }
        }),
        // Who was told of a ban is known by its connection, which links that read HTTP tell.
        Guarantee::Backpressure => all.backpressure.as_ref().map(|bounds| {
            let needs = needs.and(Tap::Stalls);
            let needs = match bounds.route {
                Some(_) => needs.and(Tap::Platform).and(Tap::HttpLinks),
                None => needs,
            };
            if bounds.drains.is_some() { needs.topic().group() } else { needs }
        }),
        Guarantee::Liveness => {
            all.liveness.as_ref().map(|_| needs.role().and(Tap::KafkaLinks).and(Tap::Stalls))
        }
        Guarantee::Balance => all.balance.as_ref().map(|_| needs.topic()),
        Guarantee::Compatibility => {
            all.compatibility.as_ref().map(|bounds| needs.topic().effect(&bounds.effect))
        }
        Guarantee::Accounting => all.accounting.as_ref().map(|bounds| needs.topic().effect(&bounds.effect)),
        Guarantee::EnvironmentIsolation => {
            all.environment_isolation.as_ref().map(|bounds| needs.topic().group().effect(&bounds.effect))
        }
        Guarantee::Latency => {
            all.latency.as_ref().map(|bounds| needs.topic().effect(&bounds.effect).and(Tap::Stalls))
        }
        Guarantee::Economy => all.economy.as_ref().map(|_| needs.topic().group().role().and(Tap::Stalls)),
        Guarantee::Availability => {
            all.availability.as_ref().map(|bounds| needs.topic().effect(&bounds.effect).and(Tap::Stalls))
        }
    };
    found.map_or_else(Vec::new, |needs| needs.taps.into_iter().collect())
}

/// What bounds name, as the taps that show it.
struct Needs<'j> {
    judging: &'j Judging,
    taps: BTreeSet<Tap>,
}

impl Needs<'_> {
    fn and(mut self, tap: Tap) -> Self {
        self.taps.insert(tap);
        self
    }

    fn topic(self) -> Self {
        self.and(Tap::Topics)
    }

    fn group(self) -> Self {
        self.and(Tap::Offsets)
    }

    /// A table of the source, be it of an effect or of the truth.
    fn table(self) -> Self {
        self.and(Tap::SourceBinlog)
    }

    fn role(self) -> Self {
        self.and(Tap::Processes)
    }

    /// An effect that is not there needs nothing: its checker says that it is not there.
    fn effect(self, name: &str) -> Self {
        match self.judging.effects.get(name) {
            Some(Effect::Table(_)) => self.table(),
            Some(Effect::Topic(_)) => self.topic(),
            Some(Effect::Route { .. }) => self.and(Tap::Platform),
            None => self,
        }
    }

    fn orders(self, bounds: &OfOrders) -> Self {
        self.topic().group().effect(&bounds.effect)
    }
}

/// What the checker finds; nothing where it needs a tap that the history was not read from. `None` where it has no bounds.
pub(crate) fn check(checker: &Checker, facts: &Facts, judging: &Judging) -> Option<Checked> {
    let mut missing = needs(checker.guarantee, judging);
    missing.retain(|tap| !facts.taps().contains(tap));
    if missing.is_empty() {
        return (checker.run)(facts, judging);
    }
    // Of an empty history it tells what it counts, and its minimum.
    let Checked { found, at_least } = (checker.run)(&Facts::default(), judging)?;
    Some(Checked { found: Found::nothing(found.unit, unread(&missing)), at_least })
}

/// `needs the source's binlog (tap source-binlog), which was not read in this run`.
fn unread(missing: &[Tap]) -> String {
    let named: Vec<String> = missing.iter().map(|tap| format!("{} (tap {tap})", tap.reads())).collect();
    let verb = if missing.len() == 1 { "was" } else { "were" };
    format!("needs {}, which {verb} not read in this run", named.join(" and "))
}
