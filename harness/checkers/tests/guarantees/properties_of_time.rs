//! Properties: what one random event more, less, doubled or late does to a correct history, as far as calls, times and CPU go.
//!
//! The correct history: `COUNT` orders one after the other, each published, shipped by one call on connection 1, shown, committed; order
//! 0's first call fails, and while it is tried again order 1 is handled. The fault begins before the last order. Then the
//! worker is idle.

use pitfall_model::{
    Anomaly,
    Guarantee::{Availability, Backpressure, Economy, Isolation, Latency},
    History, Judging, Verdict, What,
};
use proptest::prelude::*;

use crate::{literal::*, literal_times::*};

const COUNT: u64 = 12;

/// When the last order begins.
const LAST: u64 = COUNT * 500;

/// Every guarantee of time is promised.
fn judging_time() -> Judging {
    let promises = vec![Isolation, Backpressure, Latency, Economy, Availability];
    let mut judging = Judging { promises, ..judging() };
    let of = &mut judging.guarantees;
    if let (Some(economy), Some(availability)) = (&mut of.economy, &mut of.availability) {
        (economy.topic, economy.group) = ("order".into(), "kitchen".into());
        availability.at_least = 1;
    }
    judging
}

/// The steps of one order, which begins at so many milliseconds.
fn order(n: u64, ms: u64) -> Vec<Timed> {
    let (id, offset) = (n.to_string(), n as i64);
    let mut message = produced(&id, "placed", offset);
    if let What::Produced { bytes, .. } = &mut message.what {
        *bytes = 64 + n;
    }
    vec![
        at(ms, message),
        at(ms + 10, asked(n + 100, &id)).on(1),
        at(ms + 10, slowly(n + 100, &id, 200, 50)).on(1),
        at(ms + 70, inserted(&id, "placed")),
        at(ms + 80, committed(offset + 1)),
    ]
}

fn correct() -> Vec<Timed> {
    let failed = [at(5, asked(1, "0")).on(2), at(5, answered(1, "0", 500)).on(2)];
    let again = [at(1205, asked(2, "0")).on(2), at(1205, answered(2, "0", 200)).on(2)];
    let orders = (1..=COUNT).flat_map(|n| order(n, n * 500));
    let idle = [at(LAST + 1000, used(1, 700)), at(LAST + 3000, used(1, 720))];
    let fault = at(LAST - 100, broken());
    let mut all: Vec<Timed> =
        failed.into_iter().chain(again).chain(orders).chain(idle).chain([fault]).collect();
    all.sort_by_key(|timed| timed.at);
    all
}

/// What is shown of a history of these steps.
fn shows(steps: Vec<Timed>) -> Vec<Anomaly> {
    let history = run(steps);
    let verdict = pitfall_checkers::judge(&history, &judging_time());
    verdict.shown.into_iter().map(|(anomaly, _)| anomaly).collect()
}

fn run(mut steps: Vec<Timed>) -> History {
    steps.sort_by_key(|timed| timed.at);
    timed(steps, 20_000)
}

/// The place of a step of the correct history.
fn place(is_it: impl Fn(&What) -> bool) -> usize {
    correct().iter().position(|timed| is_it(&timed.step.what)).expect("is there")
}

fn shown_row(n: u64) -> usize {
    let id = n.to_string();
    place(|what| matches!(what, What::RowChanged { key, .. } if *key == id))
}

#[test]
fn a_correct_history_holds() {
    let verdict = pitfall_checkers::judge(&run(correct()), &judging_time());
    for judgement in verdict.judgements.iter().filter(|judgement| judgement.promised) {
        assert_eq!(judgement.verdict, Verdict::Holds, "{}", judgement.guarantee);
    }
}

proptest! {
    /// Less was asked, answered or sampled: nothing of it is too much. Without a commit a later one stands for it, but for the last: then
    /// the backlog has not drained. Without its effect the last message, published after the fault, is never handled; others are
    /// passed over, which is a matter of loss.
    #[test]
    fn one_event_less(lost in 0..100_usize) {
        let mut steps = correct();
        let lost = lost % steps.len();
        let what = steps.remove(lost).step.what;
        let shown = shows(steps);
        let row = |n| lost == shown_row(n);
        let expected = match what {
            What::Committed { offset, .. } if offset == COUNT as i64 + 1 => vec![Anomaly::LagNotDrained],
            // Of the two messages of others in trouble one is not enough for half.
            What::RowChanged { .. } if row(COUNT) => vec![Anomaly::SlowToGoOn],
            _ => vec![],
        };
        prop_assert_eq!(shown, expected);
    }

    /// A copy of a message, an effect, a commit, an answer, a sample or a beginning of the fault is nothing new. A copy of a request is another call
    /// at the same time: two are allowed.
    #[test]
    fn one_event_twice(copied in 0..100_usize) {
        let mut steps = correct();
        let copied = copied % steps.len();
        let copy = steps[copied].clone();
        steps.insert(copied + 1, copy);
        prop_assert_eq!(shows(steps), vec![]);
    }

    /// Neighbours change places: no bound is that narrow, and one message moves no median.
    #[test]
    fn neighbours_swapped(first in 0..100_usize) {
        let mut steps = correct();
        let first = first % (steps.len() - 1);
        let time = steps[first].at;
        (steps[first].at, steps[first + 1].at) = (steps[first + 1].at, time);
        prop_assert_eq!(shows(steps), vec![]);
    }

    /// An effect after the fault that comes later than the bound is slow; one within it is not. It moves no median of latency.
    #[test]
    fn the_effect_after_the_fault_late(by in 0..4000_u64) {
        let mut steps = correct();
        let row = shown_row(COUNT);
        steps[row].at += by;
        let expected = if 70 + by > 1000 { vec![Anomaly::SlowToGoOn] } else { vec![] };
        prop_assert_eq!(shows(steps), expected);
    }

    /// The last commit beyond the time in which the backlog has to drain.
    #[test]
    fn the_last_commit_late(by in 0..4000_u64) {
        let mut steps = correct();
        let last = place(|what| matches!(what, What::Committed { offset, .. } if *offset == COUNT as i64 + 1));
        steps[last].at += by;
        let expected = if 80 + by > 1000 { vec![Anomaly::LagNotDrained] } else { vec![] };
        prop_assert_eq!(shows(steps), expected);
    }

    /// Both messages that were published while order 0 was in trouble have their effect late.
    #[test]
    fn both_others_late(by in 0..3000_u64) {
        let mut steps = correct();
        for n in [1, 2] {
            let row = shown_row(n);
            steps[row].at += by;
        }
        let expected = if 70 + by > 1000 { vec![Anomaly::HeadOfLineBlocking] } else { vec![] };
        prop_assert_eq!(shows(steps), expected);
    }

    /// Of the even orders a bulk is made, which is under way until the last of them shows: the odd ones between are the others, and
    /// wait as long as they do, however late the bulk is.
    #[test]
    fn a_bulk_late(by in 0..3000_u64, others in 0..3000_u64) {
        let mut steps = correct();
        let is_even = |order: &Option<String>| order.as_deref().is_some_and(|id| id.parse::<u64>().is_ok_and(|n| n % 2 == 0));
        for timed in &mut steps {
            let even = is_even(&timed.step.order);
            match &mut timed.step.what {
                What::Produced { status, .. } if even => *status = Some("bulk".into()),
                What::RowChanged { key, .. } => {
                    let late = if is_even(&Some(key.clone())) { by } else { others };
                    timed.at += late;
                }
                _ => {}
            }
        }
        let mut judging = Judging { promises: vec![Isolation], ..judging_time() };
        if let Some(isolation) = &mut judging.guarantees.isolation {
            (isolation.route, isolation.bulk) = (None, Some("bulk".into()));
        }
        let verdict = pitfall_checkers::judge(&run(steps), &judging);
        let finding = &verdict.judgements.iter().find(|it| it.guarantee == Isolation).expect("it is judged").finding;
        prop_assert!(finding.judged > 0);
        let is_blocked = 70 + others > 1000;
        prop_assert_eq!(!finding.violations.is_empty(), is_blocked);
    }

    /// A burst of calls at any time: more than two of them in flight are too many, more than four in a second too fast.
    #[test]
    fn calls_more(count in 0..8_u64, when in 10_000..11_000_u64, takes in 0..200_u64, apart in 1..100_u64) {
        let mut steps = correct();
        for n in 0..count {
            let (ms, number) = (when + n * apart, 500 + n);
            steps.extend([at(ms, asked(number, "50")), at(ms, slowly(number, "50", 200, takes))]);
        }
        let in_flight = count.min(takes.div_ceil(apart).max(1));
        let too_fast = count > 4 && 4 * apart < 1000;
        let expected: Vec<Anomaly> = [
            (in_flight > 2).then_some(Anomaly::TooManyInFlight),
            too_fast.then_some(Anomaly::RateExceeded),
        ]
        .into_iter()
        .flatten()
        .collect();
        prop_assert_eq!(shows(steps), expected);
    }

    /// A call on the connection that was told of a ban, before the ban is over or after it.
    #[test]
    fn a_call_after_a_ban(after in 0..2000_u64, conn in 3..5_u64) {
        let mut steps = correct();
        steps.extend([at(10_000, asked(90, "60")).on(3), at(10_000, banned(1000)), at(10_000, answered(90, "60", 429)).on(3)]);
        steps.extend([at(10_001 + after, asked(91, "61")).on(conn), at(10_001 + after, answered(91, "61", 200)).on(conn)]);
        let expected = if 1 + after < 1000 && conn == 3 { vec![Anomaly::CallDuringBan] } else { vec![] };
        prop_assert_eq!(shows(steps), expected);
    }

    /// CPU used while there is nothing to do.
    #[test]
    fn more_cpu(more in 0..2000_u64) {
        let mut steps = correct();
        let last = place(|what| matches!(what, What::ProcessSampled { cpu_ms: 720, .. }));
        steps[last].step = used(1, 720 + more);
        let expected = if 20 + more > 400 { vec![Anomaly::BusyWhenIdle] } else { vec![] };
        prop_assert_eq!(shows(steps), expected);
    }

    /// Whatever is left out, in whatever order: judging ends.
    #[test]
    fn judging_never_panics(picked in prop::collection::vec(any::<prop::sample::Index>(), 0..80)) {
        let all = run(correct()).events;
        let events = picked.iter().map(|index| index.get(&all).clone()).collect();
        pitfall_checkers::judge(&History { events, truncated: false }, &judging_time());
    }
}
