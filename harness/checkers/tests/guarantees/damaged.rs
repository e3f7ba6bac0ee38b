//! Damage to a correct history of orders: which event it strikes, and what comes of that event.

use std::mem::discriminant;

use pitfall_model::{Change, Event, What};
use proptest::sample::Index;

use crate::marked::Marked;

/// Two picks: one of a kind, one of the events of that kind.
pub(crate) type Pick = (Index, Index);

/// The place of an event before `end`, but not the first. What is rare is picked as often as the rest: of a kind are those events
/// that are alike, and whose next events are.
pub(crate) fn place((kind, event): Pick, events: &[Marked], end: usize) -> usize {
    let kinds = |place: usize| [0, 1].map(|next| discriminant(&events[place + next].kind));
    let mut places: Vec<Vec<usize>> = Vec::new();
    for place in 1..end {
        match places.iter_mut().find(|of| kinds(of[0]) == kinds(place)) {
            Some(of) => of.push(place),
            None => places.push(vec![place]),
        }
    }
    *event.get(kind.get(&places[..]).as_slice())
}

/// The same once more: rows that are inserted again have a key of their own, the rest is told twice.
pub(crate) fn again(event: &Event) -> Event {
    let mut again = event.clone();
    if let What::RowChanged { change: Change::Insert, key, .. } = &mut again.what {
        key.push_str("-again");
    }
    again
}

/// The event at `place` comes only after the one at `to`, or as soon after that as it can; says where that is.
///
/// Rows of one transaction are written together: a row that comes behind those of another is in one of its own, and not within
/// theirs.
pub(crate) fn delay(events: &mut Vec<Marked>, place: usize, mut to: usize) -> usize {
    let mut late = events[place].clone();
    let of = late.transaction();
    let is_other = |event: &Marked| event.transaction().is_some_and(|other| Some(other) != of);
    if of.is_some() && events[place + 1..=to].iter().any(is_other) {
        while events[to].transaction().is_some() && events[to].transaction() == events[to + 1].transaction() {
            to += 1;
        }
        if let What::RowChanged { transaction, .. } = &mut late.event.what {
            *transaction = u64::MAX >> 32;
        }
    }
    events.remove(place);
    events.insert(to, late);
    to
}
