//! Calls in flight at one moment.

use std::{cmp::Reverse, collections::BinaryHeap};

use pitfall_model::{Anomaly, Route, elapsed};

use crate::{facts::Facts, found::Shown, platform_calls::Call};

/// Each time that more calls than `limit` were in flight: its first moment.
pub(super) fn beyond(facts: &Facts, calls: &[Call], route: Route, limit: usize) -> Vec<Shown> {
    // Those not over, by when they are, with their places.
    let mut open: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let (mut is_over, mut shown) = (false, Vec::new());
    for (place, call) in calls.iter().enumerate() {
        while open.peek().is_some_and(|Reverse((over, _))| *over <= call.at) {
            open.pop();
            is_over = is_over && open.len() >= limit;
        }
        if !is_over && open.len() >= limit {
            let others = open.iter().filter_map(|Reverse((_, other))| calls.get(*other));
            shown.push(violation(facts, others.chain([call]).collect(), route, limit));
            is_over = true;
        }
        let end = call.end.map_or(call.at, |end| end.at);
        open.push(Reverse((end, place)));
    }
    shown
}

fn violation(facts: &Facts, mut calls: Vec<&Call>, route: Route, limit: usize) -> Shown {
    calls.sort_unstable_by_key(|call| call.seq);
    let at = calls.last().map_or(0, |call| call.at);
    let since = calls.iter().take(NAMED).map(|call| {
        let of = call.order.map_or("no order", |order| facts.text(order));
        format!("{of} since {}", elapsed(call.at))
    });
    let since: Vec<String> = since.collect();
    let more = if calls.len() > NAMED { ", …" } else { "" };
    let sentence = format!(
        "{} calls of {} were in flight at {}, {limit} are allowed: {}{more}",
        calls.len(),
        route.name(),
        elapsed(at),
        since.join(", "),
    );
    // Of the last one it is enough that it began.
    let (last, others) = match calls.split_last() {
        Some((last, others)) => (Some(last.seq), others),
        None => (None, &[][..]),
    };
    let evidence = others.iter().flat_map(|call| call.events()).chain(last);
    Shown::new(Anomaly::TooManyInFlight, None, sentence, evidence)
}

/// So many calls are told by name.
const NAMED: usize = 5;
