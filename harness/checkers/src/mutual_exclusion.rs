//! Mutual exclusion: at most one call of an order is in flight at any time.
//!
//! A call is in flight from its request until its caller can have the answer: the platform takes its time after it has told what
//! it answers. It is in flight at the platform: a caller that gave up waiting, or died, has not ended it.
//!
//! **Judged:** every order that was called more than once.
//!
//! **`overlapping-hand-over`:** an order was called while another call of it was in flight, and the group was rebalanced before
//! that, since the work on the order that was going on began: since its first call after its last success, or the call in flight
//! itself. One violation an order, its first.
//!
//! **`overlapping-calls`:** the same without a rebalance in between: nobody had to give the order away. A rebalance that came before
//! the work began excuses nobody. One violation an order, its first.
//!
//! **Unknown:** an order was called after a call that was never answered: when that ended is not known.

use pitfall_model::{Anomaly, Judging, OfExclusion, elapsed};

use crate::{
    calls_by_order::{Answer, Call, CallsByOrder},
    facts::{Facts, Name},
    found::{Found, Shown},
    hand_overs::{HandOver, HandOvers},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfExclusion, _: &Judging) -> Found {
    let mut calls = CallsByOrder::new(facts, bounds.route);
    let mut hand_overs = HandOvers::new(facts, &bounds.group);
    for fact in facts.all() {
        calls.see(fact);
        hand_overs.see(fact);
    }

    let mut found = Found::new("orders called more than once");
    for (order, calls) in calls.into_orders().iter() {
        if calls.len() < 2 {
            continue;
        }
        found.judged += 1;
        let seen = Overlaps::of(calls, &hand_overs);
        found.violations.extend(seen.calls.map(|overlap| overlap.shown(facts, order)));
        found.violations.extend(seen.hand_over.map(|overlap| overlap.shown(facts, order)));
        found.unknown.extend(seen.unknown.map(|(open, next)| {
            format!(
                "order {}: the call at {} was never answered: whether it was in flight when the order was called again at {} is not known",
                facts.text(order),
                elapsed(open.at),
                elapsed(next.at)
            )
        }));
    }
    found
}

/// What overlaps of one order, the first of each kind.
#[derive(Default)]
struct Overlaps {
    calls: Option<Overlap>,
    hand_over: Option<Overlap>,
    unknown: Option<(Call, Call)>,
}

/// A call, with the place at which the work began that it belongs to.
#[derive(Clone, Copy)]
struct InFlight {
    call: Call,
    answer: Answer,
    began: u32,
}

struct Overlap {
    in_flight: InFlight,
    again: Call,
    hand_over: Option<HandOver>,
}

impl Overlaps {
    fn of(calls: &[Call], hand_overs: &HandOvers) -> Self {
        let mut seen = Self::default();
        // The call that is in flight longest, one that was never answered, and the last that was done well.
        let (mut longest, mut open, mut done): (Option<InFlight>, Option<Call>, Option<Answer>) =
            (None, None, None);
        let mut began = None;
        for call in calls {
            if let Some(in_flight) = longest.filter(|longest| call.at < longest.answer.at) {
                let hand_over = hand_overs.between(in_flight.began, call.seq);
                let of_kind = if hand_over.is_some() { &mut seen.hand_over } else { &mut seen.calls };
                of_kind.get_or_insert(Overlap { in_flight, again: *call, hand_over });
            }
            seen.unknown = seen.unknown.or(open.map(|open| (open, *call)));
            if done.take_if(|done| done.at <= call.at).is_some() {
                began = None;
            }
            let began = *began.get_or_insert(call.seq);
            match call.answer {
                None => open = open.or(Some(*call)),
                Some(answer) if longest.is_none_or(|longest| longest.answer.at < answer.at) => {
                    longest = Some(InFlight { call: *call, answer, began });
                }
                Some(_) => {}
            }
            done = call.succeeded().or(done);
        }
        seen
    }
}

impl Overlap {
    fn shown(&self, facts: &Facts, order: Name) -> Shown {
        let InFlight { call, answer, .. } = self.in_flight;
        let id = facts.text(order);
        let (again, first, until) = (elapsed(self.again.at), elapsed(call.at), elapsed(answer.at));
        let in_flight = format!("while the call of {first} was in flight until {until}");
        let (anomaly, sentence) = match self.hand_over {
            None => {
                (Anomaly::OverlappingCalls, format!("order {id}: was called again at {again}, {in_flight}"))
            }
            Some(hand_over) => (
                Anomaly::OverlappingHandOver,
                format!(
                    "order {id}: was called again at {again}, after the group was rebalanced at {}, {in_flight}",
                    elapsed(hand_over.at)
                ),
            ),
        };
        let evidence = call.events().chain(self.hand_over.map(|it| it.seq)).chain([self.again.seq]);
        Shown::new(anomaly, id.to_owned(), sentence, evidence)
    }
}
