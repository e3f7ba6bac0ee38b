//! The retry contract: a failed call is tried again within its budget, after its back-off, and in its order's turn.
//!
//! A call tells its order, not its message. An order with one message has its calls for itself. Where an order has several, a call
//! may be of any that was published before it and is not *done* yet, and what one of them allows is no anomaly. So many are done
//! as calls of the order have succeeded, but no more than have had their status applied, where the effect tells a status.
//!
//! A call failed when it was answered with another status than 2xx. A *series* are calls that failed, one after the other. It ends
//! with a call that did not fail; one that was never answered may have succeeded. A message that is handed over to another member of
//! the group, or delivered again, begins its tries anew: nobody told the new owner of those before.
//!
//! **Judged:** every order with a message in the topic and a failed call.
//!
//! **`too-many-attempts`:** a call comes after a series that has used up the budgets of all messages that are not done: `attempts`
//! for each, and again for each time that the group was rebalanced between two calls of the series.
//!
//! **`back-off-too-short`:** with so many messages of the order not done as calls failed, one after the other, the next call began
//! less than the back-off after each of them had failed: one message at least was tried again too soon. The group was not rebalanced
//! in between.
//!
//! **`gave-up-early`:** the order's last call failed, it has had fewer failed calls than `attempts`, not each of its messages had a
//! call that succeeded, and all that had been published by then are acknowledged when the history ends: nobody will try again.
//!
//! **`reordered-by-retry`:** the first message of the order that was not applied had a call that failed, with tries left; then one
//! published later was applied; and then the order was called again while that first one was the only one not applied. The group
//! was not rebalanced between the last two. Only where the effect tells a status, and the order's messages have one each.
//!
//! Of each, one violation an order, its first.
//!
//! **Unknown:** an order's last call was never answered, or failed and its message is not acknowledged, with tries left: it may
//! be tried again.

mod gave_up;
mod reordered;
mod turns;

use pitfall_model::{Anomaly, Judging, OfRetries, elapsed};

use crate::{
    calls_by_order::{Call, CallsByOrder},
    commits::Commits,
    effects::Lens,
    facts::{Facts, Name},
    found::{Found, Shown},
    grouped::Gathered,
    hand_overs::HandOvers,
    published::{Message, Published},
};
use turns::{Applied, Turn, turns};

const UNIT: &str = "orders with a failed call";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfRetries, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let mut calls = CallsByOrder::new(facts, bounds.route);
    let mut hand_overs = HandOvers::new(facts, &bounds.group);
    let mut applied: Gathered<Applied> = Gathered::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        calls.see(fact);
        hand_overs.see(fact);
        if let Some(seen) = lens.see(facts, fact)
            && let Some(status) = Applied::of(&seen)
        {
            applied.push(seen.order, status);
        }
    }

    let (calls, applied, mut found) = (calls.into_orders(), applied.grouped(), Found::new(UNIT));
    for (order, messages) in published.into_orders().iter() {
        let (calls, applied) = (calls.of(order), applied.of(order));
        if calls.iter().all(|call| call.failed().is_none()) {
            continue;
        }
        found.judged += 1;
        let turns = turns(messages, calls, applied, lens.tells_status());
        let judge = Judge {
            facts,
            bounds,
            commits: &commits,
            hand_overs: &hand_overs,
            order,
            messages,
            calls,
            turns,
        };
        found.violations.extend(judge.too_many());
        found.violations.extend(judge.too_soon());
        found.violations.extend(judge.reordered(applied));
        judge.gave_up(&mut found);
    }
    found
}

/// Judges the calls of one order.
struct Judge<'a> {
    facts: &'a Facts,
    bounds: &'a OfRetries,
    commits: &'a Commits<'a>,
    hand_overs: &'a HandOvers,
    order: Name,
    /// In publishing order.
    messages: &'a [Message],
    calls: &'a [Call],
    /// For each call, what it may be of.
    turns: Vec<Turn>,
}

impl Judge<'_> {
    fn too_many(&self) -> Option<Shown> {
        let (mut first, mut owners) = (0, 1);
        for (index, (call, turn)) in self.calls.iter().zip(&self.turns).enumerate() {
            let tried = index - first;
            if tried > 0 && self.hand_overs.between(self.calls[index - 1].seq, call.seq).is_some() {
                owners += 1;
            }
            let budget = self.bounds.attempts.saturating_mul(turn.open()).saturating_mul(owners);
            if tried >= budget {
                return Some(self.beyond(&self.calls[first..=index], turn.open(), owners));
            }
            if call.failed().is_none() {
                (first, owners) = (index + 1, 1);
            }
        }
        None
    }

    fn beyond(&self, series: &[Call], open: usize, owners: usize) -> Shown {
        let (tries, at) = (series.len(), series.last().map_or(0, |call| call.at));
        let each = if open > 1 { format!(" for each of {open} messages") } else { String::new() };
        let anew =
            if owners > 1 { format!(" and for each of {owners} owners in turn") } else { String::new() };
        let sentence = format!(
            "order {}: was called for the {} time at {}, after {} failed calls since {}: the budget is {}{each}{anew}",
            self.facts.text(self.order),
            nth(tries),
            elapsed(at),
            tries - 1,
            elapsed(series.first().map_or(0, |call| call.at)),
            self.bounds.attempts,
        );
        let (failed, last) = series.split_at(tries - 1);
        self.shown(Anomaly::TooManyAttempts, sentence, failed, last)
    }

    fn too_soon(&self) -> Option<Shown> {
        let back_off = u64::try_from(self.bounds.back_off.as_nanos()).unwrap_or(u64::MAX);
        for (index, turn) in self.turns.iter().enumerate() {
            let next = index + turn.open();
            let Some(again) = self.calls.get(next).filter(|_| self.turns[next].open() <= turn.open()) else {
                continue;
            };
            let is_soon = |call: &Call| {
                let failed = call.failed().filter(|failed| failed.at <= again.at);
                failed.is_some_and(|failed| again.at - failed.at < back_off)
            };
            let tried = &self.calls[index..next];
            if tried.iter().all(is_soon) && self.hand_overs.between(tried[0].seq, again.seq).is_none() {
                return Some(self.soon(tried, again));
            }
        }
        None
    }

    fn soon(&self, tried: &[Call], again: &Call) -> Shown {
        let (id, at) = (self.facts.text(self.order), elapsed(again.at));
        let failed = tried.iter().filter_map(Call::failed).map(|failed| failed.at).max().unwrap_or_default();
        let (after, back_off) = ((again.at - failed) / 1_000_000, self.bounds.back_off.as_millis());
        let sentence = match tried.len() {
            1 => format!(
                "order {id}: was called again at {at}, {after} ms after its call had failed: the back-off is {back_off} ms"
            ),
            many => format!(
                "order {id}: was called again at {at}, {after} ms after the last of {many} calls had failed, with {many} messages to do: one was tried again before its back-off of {back_off} ms was over"
            ),
        };
        self.shown(Anomaly::BackOffTooShort, sentence, tried, std::slice::from_ref(again))
    }

    /// Shown by the order's messages, calls with their answers, and a request.
    fn shown(&self, anomaly: Anomaly, sentence: String, calls: &[Call], last: &[Call]) -> Shown {
        let until = last.last().map_or(u32::MAX, |call| call.seq);
        let messages = self.messages.iter().map(|message| message.seq).filter(|seq| *seq < until);
        let calls = calls.iter().flat_map(Call::events).chain(last.iter().map(|call| call.seq));
        Shown::new(anomaly, self.facts.text(self.order).to_owned(), sentence, messages.chain(calls))
    }
}

/// `2nd`, `3rd`, `4th`.
fn nth(number: usize) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
