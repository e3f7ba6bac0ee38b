//! Latency: handling time stays flat as a table or a message grows.
//!
//! Handling a message **takes** from when it could begin until its effect first shows. It can begin when the message is published
//! and the one before it in its partition has had its effect (if that was earlier than its own), so waiting in a queue is not
//! handling. What grows is the message's size, or the number of rows that stand in the effect's table when the effect shows.
//!
//! **Judged:** every message whose effect showed; copies of one status are not.
//!
//! **`latency-grows`:** by size, the largest quarter's median time is more than `ratio` times the smallest quarter's. Times below
//! 5 ms count as 5 ms, since taps lag by milliseconds. One violation a run; it shows the two messages at the medians.
//!
//! **Unknown:** a message whose effect never showed: how long it takes is not known; nothing grew.

use pitfall_model::{Anomaly, Judging, OfLatency, Size, elapsed};

use crate::{
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
    handled.sort_by_key(|handled| (handled.size, handled.wait.message.seq));
    let largest = handled.split_off(handled.len() - quarter);
    handled.truncate(quarter);
    let grew = handled.last().map(|it| it.size) < largest.first().map(|it| it.size);
    if !grew {
        found
            .unknown
            .push(format!("nothing grew: no quarter of {} messages is larger than another", found.judged));
        return found;
    }
    // Where a quarter has two in the middle, those that are nearer to each other.
    let (small, large) = (median(handled, quarter / 2), median(largest, (quarter - 1) / 2));
    if let (Some(small), Some(large)) = (small, large)
        && large.took.max(GRAIN) as f64 > bounds.ratio * small.took.max(GRAIN) as f64
    {
        found.violations.push(violation(facts, bounds, small, large, quarter));
    }
    found
}

/// A message whose effect showed.
#[derive(Debug, Clone, Copy)]
struct Handled {
    wait: Wait,
    effect: Effect,
    took: u64,
    size: u32,
}

/// Those whose effect showed, each with the time it took.
fn handled(waits: &[Wait], as_grows: Size) -> Vec<Handled> {
    let mut handled: Vec<Handled> = waits
        .iter()
        .filter_map(|wait| {
            let (effect, took) = (wait.shown?, wait.took()?);
            let size = match as_grows {
                Size::Bytes => wait.bytes,
                Size::Rows => effect.rows,
            };
            Some(Handled { wait: *wait, effect, took, size })
        })
        .collect();
    handled.sort_unstable_by_key(|it| (it.wait.message.partition, it.wait.message.offset));
    let mut before: Option<(i32, u64)> = None;
    for it in &mut handled {
        let (partition, at) = (it.wait.message.partition, it.effect.at);
        if let Some((_, shown)) = before.filter(|(of, shown)| *of == partition && *shown <= at) {
            it.took = it.took.min(at - shown);
        }
        before = Some((partition, at));
    }
    handled
}

fn median(mut quarter: Vec<Handled>, place: usize) -> Option<Handled> {
    quarter.sort_by_key(|it| (it.took, it.wait.message.seq));
    quarter.get(place).copied()
}

fn violation(facts: &Facts, bounds: &OfLatency, small: Handled, large: Handled, quarter: usize) -> Shown {
    let says = |it: &Handled| {
        let size = match bounds.as_grows {
            Size::Bytes => format!("{} bytes", it.size),
            Size::Rows => format!("{} rows in {}", it.size, bounds.effect),
        };
        let (order, label) = (facts.text(it.wait.message.order), it.wait.message.label(facts));
        let (took, at) = (it.took as f64 / 1e9, elapsed(it.effect.at));
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
    let events = |it: &Handled| [it.wait.message.seq, it.effect.seq];
    let evidence = events(&small).into_iter().chain(events(&large));
    Shown::new(Anomaly::LatencyGrows, None, sentence, evidence)
}
