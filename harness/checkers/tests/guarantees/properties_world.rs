//! Properties: one event of a correct history that is lost, doubled, late or in the wrong place is found, or is permitted.

use pitfall_model::{
    Anomaly::{self, *},
    Event, Guarantee, History, What,
};
use proptest::{prelude::*, sample::Index};

use crate::{literal::*, literal_world::*};

fn shown_by(guarantee: Guarantee, history: &History) -> Vec<Anomaly> {
    find(guarantee, history).violations.iter().map(|violation| violation.anomaly).collect()
}

/// The events of the steps: without `run` and `ended`, which are no part of any damage.
fn places(history: &History) -> std::ops::Range<usize> {
    1..history.events.len() - 1
}

fn pick(history: &History, index: Index) -> usize {
    1 + index.index(places(history).len())
}

fn pick_of(history: &History, index: Index, is_it: impl Fn(&What) -> bool) -> usize {
    let all: Vec<usize> = places(history).filter(|at| is_it(&history.events[*at].what)).collect();
    *index.get(&all)
}

fn without(history: &History, place: usize) -> History {
    let mut events = history.events.clone();
    events.remove(place);
    History { events, truncated: false }
}

fn twice(history: &History, place: usize) -> History {
    let mut events = history.events.clone();
    let again: Event = events[place].clone();
    events.insert(place, again);
    renumbered(events)
}

fn swapped(history: &History, a: usize, b: usize) -> History {
    let mut events = history.events.clone();
    events.swap(a, b);
    renumbered(events)
}

/// The event comes so many places later, at the latest right before the end.
fn later(history: &History, place: usize, by: usize) -> History {
    let mut events = history.events.clone();
    let event = events.remove(place);
    events.insert((place + by).min(events.len() - 1), event);
    renumbered(events)
}

/// Actions, each given and committed for itself.
fn committing(count: i64) -> History {
    let each = |n: i64| [action(&format!("w{n}"), n), fetched(n, n), worked(n + 1)];
    history((0..count).flat_map(each))
}

/// Work that is begun, and then done.
fn accounting(count: i64) -> History {
    let each = |n: i64| {
        let id = format!("w{n}");
        [action(&id, n), accounted(&id, "started", None), accounted(&id, "done", None)]
    };
    history((0..count).flat_map(each))
}

/// Orders of both versions, each stored by the other with its customer, or by its own.
fn versions(count: i64) -> History {
    let each = |n: i64| {
        let (id, made, stored) = (n.to_string(), (n % 2).to_string(), (n / 2 % 2).to_string());
        [made_by(&made, &id, "placed", n), stored_by(&stored, &id, "placed", Some("ann"))]
    };
    history((0..count).flat_map(each))
}

/// The group's own orders beside another environment's.
fn environments(count: i64) -> History {
    let each = |n: i64| {
        let id = n.to_string();
        [produced(&id, "placed", n), foreign(&format!("9{n}"), n), inserted(&id, "placed"), committed(n + 1)]
    };
    history((0..count).flat_map(each))
}

/// Processes come 2 s apart, each with one rebalance; the run ends 2 s after the last one.
fn growing(count: i32) -> History {
    let each = |n: i32| [started(n as u32), told_to_rejoin("0", n), joined("0", n + 1), synced("0", n + 1)];
    let mut grown = history((0..count).flat_map(each));
    for place in (5..grown.events.len()).step_by(4) {
        grown = wait(grown, place, 2000);
    }
    grown
}

const COUNT: i64 = 8;

proptest! {
    /// Offsets. A lost answer of Fetch is a skip of what was in it, exactly. A lost commit, message, or anything twice is permitted:
    /// the next commit is past as much; an answer that is told late was given all the same.
    #[test]
    fn a_lost_answer_is_a_skip(which: Index, other: Index) {
        let all = committing(COUNT);
        prop_assert_eq!(shown_by(Guarantee::Progress, &all), []);
        let answer = pick_of(&all, which, |what| matches!(what, What::RecordsFetched { .. }));
        let damaged = without(&all, answer);
        prop_assert_eq!(shown_by(Guarantee::Progress, &damaged), [OffsetSkipped]);
        let no_answer = pick_of(&all, other, |what| !matches!(what, What::RecordsFetched { .. }));
        prop_assert_eq!(shown_by(Guarantee::Progress, &without(&all, no_answer)), []);
        prop_assert_eq!(shown_by(Guarantee::Progress, &twice(&all, pick(&all, other))), []);
        prop_assert_eq!(shown_by(Guarantee::Progress, &later(&all, answer, 9)), []);
    }

    /// Two commits in each other's place, or one that comes after those that follow it, go back.
    #[test]
    fn a_commit_out_of_place_is_a_rewind(which: Index, by in 1..5_usize) {
        let all = committing(COUNT);
        let is_commit = |what: &What| matches!(what, What::Committed { offset, .. } if *offset < COUNT);
        let commit = pick_of(&all, which, is_commit);
        prop_assert_eq!(shown_by(Guarantee::Progress, &later(&all, commit, by * 3)), [OffsetRewound]);
        prop_assert_eq!(shown_by(Guarantee::Progress, &swapped(&all, commit, commit + 3)), [OffsetRewound]);
    }

    /// Accounting. The last word on each piece of work counts: without it, or with the word before in its place, the work is open.
    /// Twice, or later, it says the same; of a lost message nobody asks.
    #[test]
    fn a_lost_last_word_is_unaccounted(which: Index, other: Index, by in 0..9_usize) {
        let all = accounting(COUNT);
        prop_assert_eq!(shown_by(Guarantee::Accounting, &all), []);
        let says = |wanted: &'static str| move |what: &What| matches!(what, What::RowChanged { row, .. } if row["status"] == wanted);
        let done = pick_of(&all, which, says("done"));
        prop_assert_eq!(shown_by(Guarantee::Accounting, &without(&all, done)), [UnaccountedWork]);
        prop_assert_eq!(shown_by(Guarantee::Accounting, &swapped(&all, done, done - 1)), [UnaccountedWork]);
        prop_assert_eq!(shown_by(Guarantee::Accounting, &later(&all, done, by)), []);
        prop_assert_eq!(shown_by(Guarantee::Accounting, &twice(&all, pick(&all, other))), []);
        let begun = pick_of(&all, other, says("started"));
        prop_assert_eq!(shown_by(Guarantee::Accounting, &without(&all, begun)), []);
    }

    /// Compatibility. A customer that is lost on the way is found where the versions differ, and only there; that an event is lost,
    /// doubled, or elsewhere is permitted: no state gets any emptier by it.
    #[test]
    fn a_lost_customer_is_a_lost_field(which: Index, other: Index, place: Index) {
        let all = versions(COUNT);
        prop_assert_eq!(shown_by(Guarantee::Compatibility, &all), []);
        let mut damaged = all.clone();
        let stored = pick_of(&all, which, |what| matches!(what, What::RowChanged { .. }));
        let made = match &damaged.events[stored - 1].what {
            What::Produced { version, .. } => version.clone(),
            _ => None,
        };
        let What::RowChanged { row, .. } = &mut damaged.events[stored].what else { unreachable!() };
        row.insert("customer".into(), serde_json::Value::Null);
        let differs = row["version"].as_str() != made.as_deref();
        let expected = if differs { vec![FieldLost] } else { vec![] };
        prop_assert_eq!(shown_by(Guarantee::Compatibility, &damaged), expected);
        let (a, b) = (pick(&all, other), pick(&all, place));
        for permitted in [without(&all, a), twice(&all, a), swapped(&all, a, b)] {
            prop_assert_eq!(shown_by(Guarantee::Compatibility, &permitted), []);
        }
    }

    /// Environment-isolation. One commit past another environment's messages takes all of them; one effect of one of them is one.
    /// Losing, doubling or moving what is there is permitted: it takes nothing.
    #[test]
    fn a_commit_or_an_effect_too_many_is_foreign(which: Index, offset in 1..=COUNT, other: Index) {
        let all = environments(COUNT);
        prop_assert_eq!(shown_by(Guarantee::EnvironmentIsolation, &all), []);
        let place = pick(&all, which);
        let with = |step: Step| {
            let mut events = all.events.clone();
            events.insert(place, history([step]).events.remove(1));
            shown_by(Guarantee::EnvironmentIsolation, &renumbered(events))
        };
        prop_assert_eq!(with(committed_foreign(offset)), vec![ForeignMessageHandled; offset as usize]);
        prop_assert_eq!(with(inserted(&format!("9{}", offset - 1), "placed")), [ForeignMessageHandled]);
        prop_assert_eq!(with(committed_foreign(0)), []);
        for permitted in [without(&all, place), twice(&all, place), swapped(&all, place, pick(&all, other))] {
            prop_assert_eq!(shown_by(Guarantee::EnvironmentIsolation, &permitted), []);
        }
    }

    /// Balance, at the bound: 3 of 5. One message more on the full partition, or one fewer on the other, is beyond it; one more or
    /// fewer the other way about is not, and neither is any other order.
    #[test]
    fn one_message_more_than_the_share_is_hot(which: Index, other: Index, times in 1..9_usize) {
        let of = |n: usize| produced(&n.to_string(), "placed", n as i64).on(i32::from(n % 5 > 2));
        let all = history((0..5 * times).map(of));
        prop_assert_eq!(shown_by(Guarantee::Balance, &all), []);
        let on = |wanted: i32| move |what: &What| matches!(what, What::Produced { partition, .. } if *partition == wanted);
        let (full, free) = (pick_of(&all, which, on(0)), pick_of(&all, other, on(1)));
        prop_assert_eq!(shown_by(Guarantee::Balance, &twice(&all, full)), [HotPartition]);
        prop_assert_eq!(shown_by(Guarantee::Balance, &without(&all, free)), [HotPartition]);
        for permitted in [without(&all, full), twice(&all, free), swapped(&all, full, free), later(&all, full, 3)] {
            prop_assert_eq!(shown_by(Guarantee::Balance, &permitted), []);
        }
    }

    /// Liveness. A process whose start is not there leaves a rebalance that comes out of nothing (but for the first: what was before
    /// is not judged). A member that gets its partitions late is late. Anything else that is lost or doubled is permitted: a
    /// generation is one, whoever tells of it and how often.
    #[test]
    fn a_rebalance_out_of_time_is_unsettled(which: Index, other: Index) {
        let all = growing(COUNT as i32);
        prop_assert_eq!(shown_by(Guarantee::Liveness, &all), []);
        let is_start = |what: &What| matches!(what, What::ProcessStarted { .. });
        let start = pick_of(&all, which, is_start);
        let expected = if start == 1 { vec![] } else { vec![UnsettledGroup] };
        prop_assert_eq!(shown_by(Guarantee::Liveness, &without(&all, start)), expected);
        let mut damaged = all.clone();
        damaged.events[start + 3].at += 1_200_000_000;
        prop_assert_eq!(shown_by(Guarantee::Liveness, &damaged), [UnsettledGroup]);
        let another = pick_of(&all, other, |what| !is_start(what));
        prop_assert_eq!(shown_by(Guarantee::Liveness, &without(&all, another)), []);
        prop_assert_eq!(shown_by(Guarantee::Liveness, &twice(&all, pick(&all, other))), []);
    }
}
