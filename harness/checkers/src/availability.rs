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
    by_partition::ByPartition,
    effects::Lens,
    facts::{Did, Fact, Facts},
    found::{Found, Shown},
    published::Message,
    waits::{self, Effect, Wait},
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
    let steps = steps(&waits);
    let (mut stood, mut found) = (Stood::of(&waits), Found::new("messages"));
    let judge = Judge { facts, bounds, waits: &waits, steps: &steps };
    for began in began {
        stood.go_on(&steps, began.seq);
        judge.after(began, stood, &mut found);
    }
    found
}

/// Messages without effect that stand before one with effect in their partition.
fn leave_out_passed_over(waits: &mut Vec<Wait>) {
    let mut last: ByPartition<Option<i64>> = ByPartition::default();
    for Message { partition, offset, .. } in waits.iter().filter(|it| it.shown.is_some()).map(|it| it.message)
    {
        let last = last.entry(partition);
        *last = (*last).max(Some(offset));
    }
    let passed = |wait: &Wait| {
        let last = last.get(wait.message.partition).copied().flatten();
        wait.shown.is_none() && Some(wait.message.offset) < last
    };
    waits.retain(|wait| !passed(wait));
}

/// A message comes, or has its effect.
#[derive(Debug, Clone, Copy)]
struct Step {
    at: u64,
    seq: u32,
    /// The message's place.
    wait: u32,
    is_effect: bool,
}

/// What came and had its effect, as it happened.
fn steps(waits: &[Wait]) -> Vec<Step> {
    // A place is a number of events at most, and those are counted in 32 bits.
    let placed = || (0_u32..).zip(waits);
    let mut steps = Vec::with_capacity(waits.len() * 2);
    steps.extend(placed().filter(|(_, wait)| !is_told_before(wait)).map(|(place, wait)| {
        let (at, seq) = (wait.message.at, wait.message.seq);
        Step { at, seq, wait: place, is_effect: false }
    }));
    steps.extend(placed().filter_map(|(place, wait)| {
        let Effect { at, seq, .. } = wait.shown?;
        Some(Step { at, seq, wait: place, is_effect: true })
    }));
    // Few stretches, each ascending: this sort merges them.
    steps.sort_by_key(|step| (step.seq, step.wait));
    steps
}

/// A tap may tell the effect before another tells the message: then nothing was seen to wait.
fn is_told_before(wait: &Wait) -> bool {
    wait.shown.is_some_and(|shown| shown.seq < wait.message.seq)
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
    steps: &'a [Step],
}

impl Judge<'_> {
    /// Judges what followed one beginning of the fault.
    fn after(&self, began: &Fact, stood: Stood<'_>, found: &mut Found) {
        found.judged += self.waits.len() - stood.effects;
        let within = u64::try_from(self.bounds.within.as_nanos()).unwrap_or(u64::MAX);
        let limit = began.at.saturating_add(within);
        let (mut waiting, mut after) = (stood.waiting, None);
        let first = waiting.first(began.seq);
        let mut pause = first.map(|waiting| Pause { from: began.at, waiting, after });
        for step in self.steps.get(stood.steps..).unwrap_or_default() {
            if after.is_some() && pause.is_none_or(|pause| pause.from > limit) && step.at > limit {
                return;
            }
            if !step.is_effect {
                pause = pause.or(Some(Pause { from: step.at, waiting: step.wait as usize, after }));
                continue;
            }
            if let Some(over) = pause.filter(|pause| step.at.saturating_sub(pause.from) > within) {
                found.violations.push(self.violation(began, over, Some(step)));
                return;
            }
            after = Some(step.seq);
            pause = waiting.first(step.seq).map(|waiting| Pause { from: step.at, waiting, after });
        }
        if let Some(pause) = pause.filter(|pause| pause.after.is_none() || pause.from <= limit) {
            self.at_the_end(began, pause, within, found);
        }
    }

    /// Judges a pause in which the run ended.
    fn at_the_end(&self, began: &Fact, pause: Pause, within: u64, found: &mut Found) {
        let end = self.facts.all().last().map_or(0, |fact| fact.at);
        if end.saturating_sub(pause.from) > within {
            found.violations.push(self.violation(began, pause, None));
            return;
        }
        found.unknown.push(format!(
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

/// How things stood at a place of the history. Places are asked for as they come.
#[derive(Clone, Copy)]
struct Stood<'a> {
    /// Steps up to there, and how many of those were effects.
    steps: usize,
    effects: usize,
    waiting: Waiting<'a>,
}

impl<'a> Stood<'a> {
    /// At the beginning.
    fn of(waits: &'a [Wait]) -> Self {
        Self { steps: 0, effects: 0, waiting: Waiting { waits, first: 0 } }
    }

    fn go_on(&mut self, steps: &[Step], seq: u32) {
        let new = steps.get(self.steps..).unwrap_or_default().iter().take_while(|step| step.seq <= seq);
        for step in new {
            self.steps += 1;
            self.effects += usize::from(step.is_effect);
        }
        self.waiting.first(seq);
    }
}

/// The messages that wait, in the order in which they came.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    waits: &'a [Wait],
    /// Those before this one wait no more.
    first: usize,
}

impl Waiting<'_> {
    /// The one that waits longest at a place of the history.
    fn first(&mut self, seq: u32) -> Option<usize> {
        let is_over = |wait: &&Wait| wait.shown.is_some_and(|it| it.seq <= seq) || is_told_before(wait);
        self.first += self.waits.get(self.first..)?.iter().take_while(is_over).count();
        let wait = self.waits.get(self.first)?;
        (wait.message.seq <= seq).then_some(self.first)
    }
}
