//! Availability: after a fault, work goes on within a time.
//!
//! A message **waits** from its publishing until its effect first shows; copies of one status do not. One that never had its effect
//! waits, too, unless a later message of its partition had its own: then it was passed over, which is no matter of time.
//!
//! **Judged:** from each beginning of the fault: every message that waited then or was published since.
//!
//! **`slow-to-go-on`:** after the fault had begun, messages waited longer than `within` without any of them having its effect. Such a
//! pause begins with the fault, with an effect after it, or with the first message that then waits. Judged are the first pause and
//! those that begin `within` the fault's beginning: what was under way then may still end, and that is not going on. One
//! violation for each beginning of the fault, its first.
//!
//! **Unknown:** the fault never began; or the run ended while messages waited, before the time was over.

use pitfall_model::{Anomaly, Judging, OfAvailability, elapsed};

use crate::{
    effects::Lens,
    facts::{Did, Fact, Facts},
    found::{Found, Shown},
    waits::{self, Wait},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfAvailability, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing("messages", why),
    };
    let fault = facts.name(&bounds.fault);
    let begins = |fact: &&Fact| matches!(fact.did, Did::FaultArmed { fault: of } if Some(of) == fault);
    let began: Vec<&Fact> = facts.all().iter().filter(begins).collect();
    if began.is_empty() {
        let why = format!("fault {} never began: nothing had to go on after it", bounds.fault);
        return Found::nothing("messages", why);
    }
    let mut waits = waits::of(facts, &bounds.topic, &lens);
    leave_out_passed_over(&mut waits);
    let mut judge =
        Judge { facts, bounds, waits: &waits, steps: steps(&waits), found: Found::new("messages") };
    began.into_iter().for_each(|began| judge.after(began));
    judge.found
}

/// Messages without effect that stand before one with effect in their partition.
fn leave_out_passed_over(waits: &mut Vec<Wait>) {
    let mut last: Vec<i64> = Vec::new();
    for wait in waits.iter().filter(|wait| wait.shown.is_some()) {
        let Ok(partition) = usize::try_from(wait.message.partition) else { continue };
        if last.len() <= partition {
            last.resize(partition + 1, i64::MIN);
        }
        last[partition] = last[partition].max(wait.message.offset);
    }
    let passed = |wait: &Wait| {
        let last = usize::try_from(wait.message.partition).ok().and_then(|partition| last.get(partition));
        wait.shown.is_none() && last.is_some_and(|last| wait.message.offset < *last)
    };
    waits.retain(|wait| !passed(wait));
}

/// A message comes, or has its effect.
#[derive(Debug, Clone, Copy)]
struct Step {
    at: u64,
    seq: u32,
    /// The message's place.
    wait: usize,
    is_effect: bool,
}

/// What came and had its effect, as it happened.
fn steps(waits: &[Wait]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(waits.len() * 2);
    for (place, wait) in waits.iter().enumerate() {
        // A tap may tell the effect before another tells the message: then nothing was seen to wait.
        let is_told_before = wait.shown.is_some_and(|shown| shown.seq < wait.message.seq);
        if !is_told_before {
            let (at, seq) = (wait.message.at, wait.message.seq);
            steps.push(Step { at, seq, wait: place, is_effect: false });
        }
        if let Some(shown) = wait.shown {
            steps.push(Step { at: shown.at, seq: shown.seq, wait: place, is_effect: true });
        }
    }
    steps.sort_unstable_by_key(|step| (step.seq, step.wait));
    steps
}

/// A time in which messages wait and none has its effect.
#[derive(Debug, Clone, Copy)]
struct Pause {
    from: u64,
    /// A message that waits in it.
    waiting: usize,
    /// The effect that it began with; none for the first.
    after: Option<u32>,
}

struct Judge<'a> {
    facts: &'a Facts,
    bounds: &'a OfAvailability,
    waits: &'a [Wait],
    steps: Vec<Step>,
    found: Found,
}

impl Judge<'_> {
    /// Judges what followed one beginning of the fault.
    fn after(&mut self, began: &Fact) {
        let had_come = |wait: &&Wait| wait.shown.is_none_or(|shown| shown.seq > began.seq);
        self.found.judged += self.waits.iter().filter(had_come).count();
        let within = u64::try_from(self.bounds.within.as_nanos()).unwrap_or(u64::MAX);
        let limit = began.at.saturating_add(within);
        let mut waiting = Waiting::at(&self.steps, began.seq);
        let mut after = None;
        let mut pause = waiting.first().map(|waiting| Pause { from: began.at, waiting, after });
        for step in self.steps.iter().filter(|step| step.seq > began.seq) {
            waiting.see(step);
            if after.is_some() && pause.is_none_or(|pause| pause.from > limit) && step.at > limit {
                return;
            }
            if !step.is_effect {
                pause = pause.or(Some(Pause { from: step.at, waiting: step.wait, after }));
                continue;
            }
            if let Some(over) = pause.filter(|pause| step.at.saturating_sub(pause.from) > within) {
                self.found.violations.push(self.violation(began, over, Some(step)));
                return;
            }
            after = Some(step.seq);
            pause = waiting.first().map(|waiting| Pause { from: step.at, waiting, after });
        }
        if let Some(pause) = pause.filter(|pause| pause.after.is_none() || pause.from <= limit) {
            self.at_the_end(began, pause, within);
        }
    }

    /// Judges a pause in which the run ended.
    fn at_the_end(&mut self, began: &Fact, pause: Pause, within: u64) {
        let end = self.facts.all().last().map_or(0, |fact| fact.at);
        if end.saturating_sub(pause.from) > within {
            self.found.violations.push(self.violation(began, pause, None));
            return;
        }
        self.found.unknown.push(format!(
            "{} still waited when the run ended at {}: {:?} after {} were not over",
            self.label(pause.waiting),
            elapsed(end),
            self.bounds.within,
            elapsed(pause.from)
        ));
    }

    /// `order 17: placed (order/0 offset 12)`.
    fn label(&self, wait: usize) -> String {
        self.waits.get(wait).map_or_else(String::new, |wait| {
            let (order, label) = (self.facts.text(wait.message.order), wait.message.label(self.facts));
            format!("order {order}: {label}")
        })
    }

    fn violation(&self, began: &Fact, pause: Pause, then: Option<&Step>) -> Shown {
        let until =
            then.map_or("until the run ended".to_owned(), |step| format!("until {}", elapsed(step.at)));
        let sentence = format!(
            "{} waited, and from {} {until} no waiting message had its effect, though fault {} had begun at {} and {:?} is allowed",
            self.label(pause.waiting),
            elapsed(pause.from),
            self.bounds.fault,
            elapsed(began.at),
            self.bounds.within,
        );
        let wait = self.waits.get(pause.waiting);
        let order = wait.map(|wait| self.facts.text(wait.message.order).to_owned());
        let events =
            [Some(began.seq), wait.map(|wait| wait.message.seq), pause.after, then.map(|step| step.seq)];
        Shown::new(Anomaly::SlowToGoOn, order, sentence, events.into_iter().flatten())
    }
}

/// The messages that wait, in the order in which they came.
struct Waiting {
    all: std::collections::BTreeSet<usize>,
}

impl Waiting {
    /// Those that wait at a place of the history.
    fn at(steps: &[Step], seq: u32) -> Self {
        let mut waiting = Self { all: std::collections::BTreeSet::new() };
        steps.iter().take_while(|step| step.seq <= seq).for_each(|step| waiting.see(step));
        waiting
    }

    fn see(&mut self, step: &Step) {
        if step.is_effect {
            self.all.remove(&step.wait);
        } else {
            self.all.insert(step.wait);
        }
    }

    /// The one that waits longest.
    fn first(&self) -> Option<usize> {
        self.all.first().copied()
    }
}
