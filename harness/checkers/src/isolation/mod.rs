//! Isolation: while some orders are in trouble, the others keep their latency.
//!
//! The bounds say who is **in trouble**, in one of two ways. With `route`, an order is from the beginning of its first failed call of
//! it (status 400 or more) until the call after its last failed one is over; where there is none, until the last failed one is. What
//! waits between two tries is in trouble, too. With `bulk`, an order with a message of that status, in whatever topic, is from its
//! publishing until each order of the bulk has shown its effect, or the run ends: a bulk that is published piece by piece is one. An
//! order that never is in trouble is one of the **others**, unless the outcome of one of its calls of the route was seen by nobody.
//!
//! **Judged:** every message of another order that was published while an order was in trouble. A message waits from its
//! publishing until its effect first shows; copies of one status are not judged. With `bulk` the messages' status is not that of
//! their orders: of each order the first message waits, until whatever shows first of it.
//!
//! **`head-of-line-blocking`:** less than `percentile` percent of them had their effect `within` their publishing. One violation a
//! run; it shows the message that stands at the percentile, with an order that was in trouble when it was published.
//!
//! **Unknown:** nobody was in trouble; or the run ended before the bound of so many messages that they decide.

mod trouble;

use pitfall_model::{Anomaly, Judging, OfIsolation, elapsed};

use crate::{
    effects::Lens,
    facts::Facts,
    found::{Found, Shown},
    waits::{self, Wait},
};
use trouble::Troubles;

const UNIT: &str = "messages";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfIsolation, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let end = facts.all().last().map_or(0, |fact| fact.at);
    let (mut waits, troubles) = match (&bounds.bulk, bounds.route) {
        (Some(bulk), _) => {
            let waits = waits::of_orders(facts, &bounds.topic, &lens);
            (waits, Troubles::of_bulk(facts, &lens, bulk, end))
        }
        (None, Some(route)) => (waits::of(facts, &bounds.topic, &lens), Troubles::of_calls(facts, route)),
        (None, None) => return Found::nothing(UNIT, "the bounds do not say who is in trouble".to_owned()),
    };
    let troubles = match troubles {
        Ok(troubles) => troubles,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let judge = Judge { facts, bounds, end };
    waits.retain(|wait| troubles.is_other(wait.message.order) && troubles.had(wait.message.at));
    let mut found = Found { judged: waits.len(), ..Found::new(UNIT) };
    let slow = waits.iter().filter(|wait| judge.is_slow(wait)).count();
    let open = waits.iter().filter(|wait| judge.is_open(wait)).count();
    if judge.too_many(slow, waits.len()) {
        let at = judge.at_percentile(&waits);
        found.violations.extend(at.and_then(|at| judge.violation(&at, slow, waits.len(), &troubles)));
    } else if judge.too_many(slow + open, waits.len()) {
        found.unknown.push(format!(
            "{slow} of {} messages of other orders waited longer than {:?}, and {open} more still waited when the run ended",
            waits.len(),
            bounds.within
        ));
    }
    found
}

struct Judge<'a> {
    facts: &'a Facts,
    bounds: &'a OfIsolation,
    /// When the history ends.
    end: u64,
}

impl Judge<'_> {
    /// How long it waited, or has waited at least.
    fn waited(&self, wait: &Wait) -> u64 {
        wait.took().unwrap_or(self.end.saturating_sub(wait.message.at))
    }

    fn is_slow(&self, wait: &Wait) -> bool {
        u128::from(self.waited(wait)) > self.bounds.within.as_nanos()
    }

    /// Whether nobody knows if it would have kept the bound.
    fn is_open(&self, wait: &Wait) -> bool {
        wait.shown.is_none() && !self.is_slow(wait)
    }

    /// Whether less than the percentile of all kept the bound.
    fn too_many(&self, slow: usize, all: usize) -> bool {
        (all - slow) * 100 < usize::from(self.bounds.percentile) * all
    }

    /// The message at the percentile, by how long it waited.
    fn at_percentile(&self, waits: &[Wait]) -> Option<Wait> {
        let place = (usize::from(self.bounds.percentile) * waits.len()).div_ceil(100).checked_sub(1)?;
        let waited = |(index, wait): (usize, &Wait)| (self.waited(wait), wait.message.seq, index);
        let mut waited: Vec<(u64, u32, usize)> = waits.iter().enumerate().map(waited).collect();
        let is_there = place < waited.len();
        let (_, _, index) = is_there.then(|| *waited.select_nth_unstable(place).1)?;
        waits.get(index).copied()
    }

    fn violation(&self, wait: &Wait, slow: usize, all: usize, troubles: &Troubles) -> Option<Shown> {
        let at = wait.message.at;
        let trouble = troubles.at(at)?;
        let id = self.facts.text(trouble.order);
        let shows = wait.shown.map_or("had no effect until the run ended".to_owned(), |shown| {
            format!("had its effect at {}", elapsed(shown.at))
        });
        let sentence = format!(
            "order {id}: while {}, {slow} of {all} messages of other orders waited longer than {:?}: order {}: {}, published at {}, {shows}; {} % are to be in time",
            trouble.says(self.facts),
            self.bounds.within,
            self.facts.text(wait.message.order),
            wait.message.label(self.facts),
            elapsed(at),
            self.bounds.percentile,
        );
        let evidence = trouble.events().chain([wait.message.seq]).chain(wait.shown.map(|it| it.seq));
        Some(Shown::new(Anomaly::HeadOfLineBlocking, id.to_owned(), sentence, evidence))
    }
}
