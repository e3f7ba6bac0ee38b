//! Properties of what is judged by calls and dead letters: one event of a correct history is damaged.

use pitfall_checkers::judge;
use pitfall_model::{
    Anomaly::{self, DeadLetterMisannounced, DeadLetterMissing, GaveUpEarly, LostMessage, OverlappingCalls},
    Event,
    Guarantee::{DeadLetter, MutualExclusion, NoLoss, RetryContract},
    History, Judging, Verdict, What,
};
use proptest::{prelude::*, sample::Index};

use crate::{literal::*, literal_calls::*};

/// Even orders fail once and are done at the second try; odd ones fail three times and are dead.
fn correct(count: u64) -> History {
    let orders = (0..count).flat_map(|n| {
        let (id, offset) = (n.to_string(), n.cast_signed());
        let tries = if n % 2 == 0 { 1 } else { 3 };
        let failed = |request| [asked(&id, request), answered(&id, request, 500), time_goes_by()];
        let mut steps = vec![produced(&id, "placed", offset)];
        steps.extend((1..=tries).flat_map(|request| failed(n * 10 + request)));
        if n % 2 == 0 {
            let last = n * 10 + 9;
            steps.extend([asked(&id, last), answered(&id, last, 200), inserted(&id, "placed")]);
        } else {
            let text = format!("order {id}: status 500");
            steps.extend([letter(&id, &id, None, Some("status 500")), alert(&text)]);
        }
        steps.push(committed(offset + 1));
        steps
    });
    history(orders)
}

fn judged() -> Judging {
    Judging { promises: vec![NoLoss, MutualExclusion, RetryContract, DeadLetter], ..judging() }
}

fn shows(history: &History) -> Vec<Anomaly> {
    judge(history, &judged()).shown.into_iter().map(|(anomaly, _)| anomaly).collect()
}

/// How many calls of the order began before this place.
fn calls_before(events: &[Event], place: usize) -> usize {
    let order = &events[place].order;
    let is_call = |event: &&Event| event.order == *order && matches!(event.what, What::Request { .. });
    events[..place].iter().filter(is_call).count()
}

/// What a history shows without this event.
///
/// Without its row or letter an order is lost; without its alert a letter is unannounced. A call that nobody saw begin is none: then
/// the tries end early, but where it was the only one that failed. A call without its answer may have ended either way, so that
/// nothing is shown. Messages that nobody saw bind nobody; a commit that is missing is made up for by the next, or leaves it open.
fn without(events: &[Event], place: usize) -> Vec<Anomaly> {
    let is_dead =
        |order: &Option<String>| order.as_ref().is_some_and(|id| id.parse::<u64>().is_ok_and(|n| n % 2 == 1));
    let event = &events[place];
    match &event.what {
        What::RowChanged { .. } => vec![LostMessage, DeadLetterMissing],
        What::Alert { .. } => vec![DeadLetterMisannounced],
        What::Request { .. } if is_dead(&event.order) || calls_before(events, place) == 1 => {
            vec![GaveUpEarly]
        }
        _ => vec![],
    }
}

#[test]
fn a_correct_history_holds() {
    let verdict = judge(&correct(6), &judged());
    for judgement in verdict.judgements.iter().filter(|judgement| judgement.promised) {
        assert_eq!(judgement.verdict, Verdict::Holds, "{}", judgement.guarantee);
    }
}

proptest! {
    #[test]
    fn judging_never_panics(picked in prop::collection::vec(any::<Index>(), 0..120), truncated: bool) {
        let all = correct(8).events;
        let events = picked.iter().map(|index| index.get(&all).clone()).collect();
        judge(&History { events, truncated }, &judged());
    }

    #[test]
    fn one_event_dropped(index: Index) {
        let mut history = correct(8);
        let place = index.index(history.events.len() - 1);
        let expected = without(&history.events, place);
        history.events.remove(place);
        prop_assert_eq!(shows(&history), expected);
    }

    /// A call that is made twice at once overlaps. What is told twice (an answer, a row, a commit, a message) has happened once, but
    /// for an alert: that reached people twice.
    #[test]
    fn one_event_doubled(index: Index) {
        let mut history = correct(8);
        let place = index.index(history.events.len() - 1);
        let mut copy = history.events[place].clone();
        let expected = match &mut copy.what {
            What::Request { request, .. } => {
                let mut answer = history.events[place + 1].clone();
                if let What::Answer { request, .. } = &mut answer.what {
                    *request += 1000;
                }
                *request += 1000;
                history.events.insert(place + 2, answer);
                Some(OverlappingCalls)
            }
            What::Alert { .. } => Some(DeadLetterMisannounced),
            _ => None,
        };
        history.events.insert(place + 1, copy);
        for (seq, event) in (0..).zip(&mut history.events) {
            event.seq = seq;
        }
        let shown = shows(&history);
        match expected {
            Some(expected) => prop_assert!(shown.contains(&expected), "{:?}", shown),
            None => prop_assert_eq!(shown, vec![]),
        }
    }

    /// A later row, letter, alert or commit changes nothing: those are judged by how the run ended. A later answer holds its call in
    /// flight: it overlaps the next of the order, if there is one.
    #[test]
    fn one_event_delayed(index: Index) {
        let mut history = correct(8);
        let last = history.events.len() - 1;
        let place = 1 + index.index(last - 1);
        let event = history.events.remove(place);
        let expected = match event.what {
            What::Answer { .. } => {
                let again = |other: &Event| other.order == event.order && matches!(other.what, What::Request { .. });
                history.events[place..].iter().any(again).then_some(OverlappingCalls)
            }
            What::RowChanged { .. } | What::Alert { .. } | What::Committed { .. } => None,
            // Who knows of nothing else when it was asked or published later has another history, not a late event.
            _ => return Ok(()),
        };
        history.events.insert(last - 1, event);
        for (seq, event) in (0..).zip(&mut history.events) {
            event.seq = seq;
            event.at = seq * 100_000_000;
        }
        let shown = shows(&history);
        match expected {
            Some(expected) => prop_assert!(shown.contains(&expected), "{:?}", shown),
            None => prop_assert_eq!(shown, vec![]),
        }
    }

    /// Two neighbours that are seen the other way round are no anomaly: what comes from different taps may be. But a call that is seen
    /// nearer to the failure before it shows a back-off that is too short; and an answer that is seen before its request is of none,
    /// so that the call stays open and shows nothing.
    #[test]
    fn two_neighbours_swapped(index: Index) {
        let mut history = correct(8);
        let place = 1 + index.index(history.events.len() - 3);
        let kinds = [0, 1].map(|next| history.events[place + next].what.name());
        let moves_a_call = kinds.contains(&"step-begun") && (kinds.contains(&"request") || kinds.contains(&"answer"));
        history.events.swap(place, place + 1);
        for (seq, event) in (0..).zip(&mut history.events).skip(place) {
            event.seq = seq;
            event.at = seq * 100_000_000;
        }
        let shown = shows(&history);
        let is_near = moves_a_call && shown == [Anomaly::BackOffTooShort];
        prop_assert!(shown.is_empty() || is_near, "{:?}: {:?}", kinds, shown);
    }
}
