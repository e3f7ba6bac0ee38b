//! Needs: the taps by which a guarantee is judged. What needs one that was not read in a run cannot be judged by it, and says so.

use std::collections::BTreeSet;

use pitfall_model::{Effect, Finding, Guarantee, History, Judging, OfOrders, Tap, What};

use crate::registry::{Checked, Checker};

/// What the guarantee needs within its bounds, in the order of [`Tap::ALL`]; nothing where it has no bounds.
pub fn needs(guarantee: Guarantee, judging: &Judging) -> Vec<Tap> {
    let (all, needs) = (&judging.guarantees, Needs { judging, taps: BTreeSet::new() });
    let found = match guarantee {
        Guarantee::NoLoss => all.no_loss.as_ref().map(|bounds| needs.orders(bounds)),
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
            None => self,
        }
    }

    fn orders(self, bounds: &OfOrders) -> Self {
        self.topic().group().effect(&bounds.effect)
    }
}

/// What the checker finds; nothing where it needs a tap that the history was not read from. `None` where it has no bounds.
pub(crate) fn check(checker: &Checker, history: &History, judging: &Judging) -> Option<Checked> {
    let read = read(history);
    let mut missing = needs(checker.guarantee, judging);
    missing.retain(|tap| !read.contains(tap));
    if missing.is_empty() {
        return (checker.run)(history, judging);
    }
    // Of an empty history it tells what it counts, and its minimum.
    let Checked { finding, at_least } = (checker.run)(&History::default(), judging)?;
    let finding = Finding { judged: 0, violations: vec![], unknown: vec![unread(&missing)], ..finding };
    Some(Checked { finding, at_least })
}

/// The taps that the history was read from.
fn read(history: &History) -> &[Tap] {
    match history.events.first().map(|event| &event.what) {
        Some(What::Run { taps, .. }) => taps,
        _ => Tap::ALL,
    }
}

/// `needs the source's binlog (tap source-binlog), which was not read in this run`.
fn unread(missing: &[Tap]) -> String {
    let named: Vec<String> = missing.iter().map(|tap| format!("{} (tap {tap})", tap.reads())).collect();
    let verb = if missing.len() == 1 { "was" } else { "were" };
    format!("needs {}, which {verb} not read in this run", named.join(" and "))
}
