//! Isolation: while one order is in trouble, the others keep their latency.
//!
//! An order is **in trouble** from the beginning of its first failed call of the route (status 400 or more) until the call after
//! its last failed one is over; where there is none, until the last failed one is. What waits between two tries is in trouble,
//! too. An order none of whose calls failed is one of the **others**, unless the outcome of one of its calls was seen by nobody.
//!
//! **Judged:** every message of another order that was published while an order was in trouble. A message waits from its
//! publishing until its effect first shows; copies of one status are not judged.
//!
//! **`head-of-line-blocking`:** less than `percentile` percent of them had their effect `within` their publishing. One violation a
//! run; it shows the message that stands at the percentile, with the failed call of the order that was in trouble then.
//!
//! **Unknown:** nobody was in trouble; or the run ended before the bound of so many messages that they decide.

use pitfall_model::{Anomaly, Judging, OfIsolation, elapsed};

use crate::{
    by_name::ByName,
    effects::Lens,
    facts::{Facts, Name},
    found::{Found, Shown},
    platform_calls::{self, Call},
    waits::{self, Wait},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfIsolation, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing("messages", why),
    };
    let orders = Orders::of(&platform_calls::of(facts, bounds.route));
    let Some(troubles) = Troubles::of(&orders) else {
        return Found::nothing(
            "messages",
            format!("no call of {} failed: nobody was in trouble", bounds.route.name()),
        );
    };
    let judge = Judge { facts, bounds, end: facts.all().last().map_or(0, |fact| fact.at) };
    let mut waits = waits::of(facts, &bounds.topic, &lens);
    waits.retain(|wait| orders.is_other(wait.message.order) && troubles.had(wait.message.at));
    let mut found = Found { judged: waits.len(), ..Found::new("messages") };
    let slow = waits.iter().filter(|wait| judge.is_slow(wait)).count();
    let open = waits.iter().filter(|wait| judge.is_open(wait)).count();
    if judge.too_many(slow, waits.len()) {
        let at = judge.at_percentile(&waits);
        found.violations.extend(at.and_then(|at| judge.violation(&at, slow, waits.len(), &orders)));
    } else if judge.too_many(slow + open, waits.len()) {
        found.unknown.push(format!(
            "{slow} of {} messages of other orders waited longer than {:?}, and {open} more still waited when the run ended",
            waits.len(),
            bounds.within
        ));
    }
    found
}

/// Every order that was called.
struct Orders(ByName<OfOrder>);

/// What became of an order's calls.
struct OfOrder {
    unseen: bool,
    trouble: Option<Trouble>,
}

/// An order in trouble.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    first: Call,
    until: u64,
    /// Whether its last call so far failed: the next one is another try.
    failing: bool,
}

impl Orders {
    fn of(calls: &[Call]) -> Self {
        let mut orders = ByName::default();
        for (order, call) in calls.iter().filter_map(|call| Some((call.order?, call))) {
            let of: &mut OfOrder = orders.or_insert_with(order, || OfOrder { unseen: false, trouble: None });
            of.unseen |= call.status().is_none();
            let over = call.end.map_or(call.at, |end| end.at);
            match &mut of.trouble {
                None if call.failed() => {
                    of.trouble = Some(Trouble { first: *call, until: over, failing: true });
                }
                Some(trouble) if call.failed() || trouble.failing => {
                    trouble.until = trouble.until.max(over);
                    trouble.failing = call.failed();
                }
                _ => {}
            }
        }
        Self(orders)
    }

    fn is_other(&self, order: Name) -> bool {
        self.0.get(order).is_none_or(|of| !of.unseen && of.trouble.is_none())
    }

    fn troubles(&self) -> impl Iterator<Item = (Name, Trouble)> {
        self.0.iter().filter_map(|(order, of)| Some((order, of.trouble?)))
    }
}

/// Times in which at least one order was in trouble, ascending, apart from each other.
struct Troubles(Vec<(u64, u64)>);

impl Troubles {
    /// None where no order was.
    fn of(orders: &Orders) -> Option<Self> {
        let mut all: Vec<(u64, u64)> =
            orders.troubles().map(|(_, trouble)| (trouble.first.at, trouble.until)).collect();
        all.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::new();
        for (from, to) in all {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        (!apart.is_empty()).then_some(Self(apart))
    }

    fn had(&self, at: u64) -> bool {
        let next = self.0.partition_point(|(from, _)| *from <= at);
        next.checked_sub(1).and_then(|place| self.0.get(place)).is_some_and(|(_, to)| at <= *to)
    }
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

    fn violation(&self, wait: &Wait, slow: usize, all: usize, orders: &Orders) -> Option<Shown> {
        let at = wait.message.at;
        let (order, trouble) = orders.troubles().find(|(_, it)| it.first.at <= at && at <= it.until)?;
        let (id, status) = (self.facts.text(order), trouble.first.status().unwrap_or_default());
        let shows = wait.shown.map_or("had no effect until the run ended".to_owned(), |shown| {
            format!("had its effect at {}", elapsed(shown.at))
        });
        let sentence = format!(
            "order {id}: while its call, which had failed ({status}) at {}, was tried again, {slow} of {all} messages of other orders waited longer than {:?}: order {}: {}, published at {}, {shows}; {} % are to be in time",
            elapsed(trouble.first.end.map_or(trouble.first.at, |end| end.at)),
            self.bounds.within,
            self.facts.text(wait.message.order),
            wait.message.label(self.facts),
            elapsed(at),
            self.bounds.percentile,
        );
        let evidence = trouble.first.events().chain([wait.message.seq]).chain(wait.shown.map(|it| it.seq));
        Some(Shown::new(Anomaly::HeadOfLineBlocking, id.to_owned(), sentence, evidence))
    }
}
