//! Latency: handling time stays flat as a table or a message grows.
//!
//! Handling a message **takes** from when it could begin until its effect first shows. It can begin when the message is published
//! and the one before it in its partition has had its effect (if that was earlier than its own), so waiting in a queue is not
//! handling. What grows is the message's size, or the number of rows that stand in the effect's table when the effect shows,
//! those among them that a step has filled in.
//!
//! **Judged:** every message whose effect showed; copies of one status are not.
//!
//! **`latency-grows`:** by size, the largest quarter's median time is more than `ratio` times the smallest quarter's. Times below
//! 5 ms count as 5 ms, since taps lag by milliseconds. One violation a run; it shows the two messages at the medians.
//!
//! **Unknown:** a message whose effect never showed: how long it takes is not known; nothing grew.

use pitfall_model::{Anomaly, Judging, OfLatency, Size, elapsed};

use crate::{
    by_partition::ByPartition,
    effects::Lens,
    facts::Facts,
    found::{Found, Shown},
    waits::{self, Effect, Wait},
};

/// What is shorter cannot be told apart.
const GRAIN: u64 = 5_000_000;

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfLatency, judging: &Judging) -> Found {
    let lens = match bounds.as_grows {
        Size::Bytes => Lens::find(facts, judging, &bounds.effect),
        Size::Rows => Lens::table(facts, judging, &bounds.effect),
    };
    let lens = match lens {
        Ok(lens) => lens,
        Err(why) => return Found::nothing("messages", why),
    };
    let waits = waits::of(facts, &bounds.topic, &lens);
    let mut handled = handled(&waits, bounds.as_grows);
    let mut found = Found { judged: handled.len(), ..Found::new("messages") };
    let never = waits.len() - handled.len();
    if let Some(wait) = waits.iter().find(|wait| wait.shown.is_none()) {
        let (id, label) = (facts.text(wait.message.order), wait.message.label(facts));
        found.unknown.push(format!(
            "order {id}: {label} had no effect until the run ended ({never} in all): how long it takes is not known"
        ));
    }
    let quarter = handled.len() / 4;
    if quarter == 0 {
        return found;
    }
    let (smallest, largest) = quarters(&mut handled, quarter);
    let biggest = smallest.iter().map(|it| it.size).max();
    let grew = biggest < largest.iter().map(|it| it.size).min();
    if !grew {
        found
            .unknown
            .push(format!("nothing grew: no quarter of {} messages is larger than another", found.judged));
        return found;
    }
    // Where a quarter has two in the middle, those that are nearer to each other.
    let (small, large) = (median(smallest, quarter / 2), median(largest, (quarter - 1) / 2));
    if large.took.max(GRAIN) as f64 > bounds.ratio * small.took.max(GRAIN) as f64 {
        found.violations.push(violation(facts, bounds, small, large, quarter));
    }
    found
}

/// A message whose effect showed.
#[derive(Debug, Clone, Copy)]
struct Handled<'w> {
    wait: &'w Wait,
    took: u64,
    size: u32,
    /// Of the message: what is compared stands here, not somewhere in memory.
    seq: u32,
}

/// Those whose effect showed, each with the time it took.
fn handled(waits: &[Wait], as_grows: Size) -> Vec<Handled<'_>> {
    let mut handled: Vec<Handled<'_>> = waits
        .iter()
        .filter_map(|wait| {
            let (effect, took, seq) = (wait.shown?, wait.took()?, wait.message.seq);
            let size = match as_grows {
                Size::Bytes => wait.bytes,
                Size::Rows => effect.rows,
            };
            Some(Handled { wait, took, size, seq })
        })
        .collect();
    if !comes_in_turn(&handled) {
        handled.sort_unstable_by_key(|it| (it.wait.message.partition, it.wait.message.offset));
    }
    let mut before: ByPartition<Option<u64>> = ByPartition::default();
    for it in &mut handled {
        let Some(Effect { at, .. }) = it.wait.shown else { continue };
        let before = before.entry(it.wait.message.partition);
        if let Some(shown) = before.filter(|shown| *shown <= at) {
            it.took = it.took.min(at - shown);
        }
        *before = Some(at);
    }
    handled
}

/// Whether each partition's messages come by offset.
fn comes_in_turn(handled: &[Handled<'_>]) -> bool {
    let mut last: ByPartition<Option<i64>> = ByPartition::default();
    handled.iter().all(|it| {
        let offset = it.wait.message.offset;
        last.entry(it.wait.message.partition).replace(offset).is_none_or(|last| last < offset)
    })
}

/// The smallest and the largest so many, in any order. There are at least twice as many.
fn quarters<'h, 'w>(
    handled: &'h mut [Handled<'w>],
    quarter: usize,
) -> (&'h mut [Handled<'w>], &'h mut [Handled<'w>]) {
    let by_size = |it: &Handled<'_>| (it.size, it.seq);
    let (smallest, _, rest) = handled.select_nth_unstable_by_key(quarter, by_size);
    let place = rest.len() - quarter;
    if place > 0 {
        rest.select_nth_unstable_by_key(place, by_size);
    }
    (smallest, &mut rest[place..])
}

/// The one at the place, by how long it took.
fn median<'w>(quarter: &mut [Handled<'w>], place: usize) -> Handled<'w> {
    *quarter.select_nth_unstable_by_key(place, |it| (it.took, it.seq)).1
}

fn violation(
    facts: &Facts,
    bounds: &OfLatency,
    small: Handled<'_>,
    large: Handled<'_>,
    quarter: usize,
) -> Shown {
    let says = |it: &Handled<'_>| {
        let size = match bounds.as_grows {
            Size::Bytes => format!("{} bytes", it.size),
            Size::Rows => format!("{} rows in {}", it.size, bounds.effect),
        };
        let (order, label) = (facts.text(it.wait.message.order), it.wait.message.label(facts));
        let (took, at) = (it.took as f64 / 1e9, elapsed(it.wait.shown.map_or(0, |effect| effect.at)));
        format!("order {order}: {label} with {size} took {took:.3} s until {at}")
    };
    let sentence = format!(
        "handling took {:.1} times as long where {} larger, {} is allowed: {}, but {} (the medians of the {quarter} smallest and the {quarter} largest)",
        large.took.max(GRAIN) as f64 / small.took.max(GRAIN) as f64,
        match bounds.as_grows {
            Size::Bytes => "the message was",
            Size::Rows => "the table was",
        },
        bounds.ratio,
        says(&small),
        says(&large),
    );
    let events = |it: &Handled<'_>| [Some(it.seq), it.wait.shown.map(|effect| effect.seq)];
    let evidence = events(&small).into_iter().chain(events(&large)).flatten();
    Shown::new(Anomaly::LatencyGrows, None, sentence, evidence)
}
