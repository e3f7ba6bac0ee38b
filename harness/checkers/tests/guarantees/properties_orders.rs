//! Properties of what orders are judged by: one event of a correct history is lost, comes twice, or comes late.
//!
//! Every property says exactly which anomalies that shows, of which order; and every other guarantee holds, none is left open.

use pitfall_checkers::judge;
use pitfall_model::{
    Anomaly::{self, *},
    Verdict,
};
use proptest::{prelude::*, sample::Index};

use crate::{
    damaged::{Pick, again, delay, place},
    literal::*,
    marked::{Kind, Marked, Order, correct, orders, unmarked},
};

/// Anomalies, each with its order; none for those of a partition.
type Shows = Vec<(Anomaly, Option<String>)>;

/// All of one order.
fn of(order: usize, anomalies: impl IntoIterator<Item = Anomaly>) -> Shows {
    anomalies.into_iter().map(|anomaly| (anomaly, Some(order.to_string()))).collect()
}

/// Those anomalies whose condition is met.
fn those<const N: usize>(anomalies: [(Anomaly, bool); N]) -> impl Iterator<Item = Anomaly> {
    anomalies.into_iter().filter_map(|(anomaly, is_met)| is_met.then_some(anomaly))
}

/// Exactly these anomalies are shown; guarantees of which none is shown hold.
fn shows_exactly(damaged: &[Marked], mut expected: Shows) -> Result<(), TestCaseError> {
    let verdict = judge(&unmarked(damaged), &judging());
    let promised = || verdict.judgements.iter().filter(|judgement| judgement.promised);
    let violations = promised().flat_map(|judgement| &judgement.finding.violations);
    let mut shown: Shows = violations.map(|shown| (shown.anomaly, shown.order.clone())).collect();
    shown.sort();
    expected.sort();
    prop_assert_eq!(shown, expected.clone());
    for judgement in promised() {
        let is_violated = expected.iter().any(|(anomaly, _)| anomaly.guarantee() == judgement.guarantee);
        let verdict = if is_violated { Verdict::Violated } else { Verdict::Holds };
        prop_assert_eq!(&judgement.verdict, &verdict, "{}", judgement.guarantee);
    }
    Ok(())
}

/// What a history shows without the event at this place.
///
/// - The last status without its only message: who wrote it wrote more than was published. Other messages bind nobody once they are
///   not seen, or have a copy.
/// - The only row: the order is nowhere. One of several: its status was skipped; the last one: the one before it stands.
/// - A dish: too few are stored, and so it stays.
/// - The only time that an action was given: its commit skips it. The exit that parted two handlings: the second is unexplained. The
///   commit after a second handling: it is made up for by the next, but for the last one.
/// - What the truth has less of, what the replica has, other commits, actions and handlings: there is only less to judge.
fn without(orders: &[Order], events: &[Marked], place: usize) -> Shows {
    let Marked { order: n, kind, .. } = events[place];
    let order = &orders[n];
    let shown = match kind {
        Kind::Message { status, .. } if order.copies[status] == 1 && status == order.last() && status > 0 => {
            vec![NotConverged]
        }
        Kind::Row { .. } if order.last() == 0 => {
            let lost = [LostMessage, SkippedStatus, NotConverged].into_iter();
            lost.chain((order.parts > 0).then_some(IncompleteOrder)).collect()
        }
        Kind::Row { status } if status == order.last() => vec![SkippedStatus, NotConverged],
        Kind::Row { .. } => vec![SkippedStatus],
        Kind::Dish => vec![PartialReadStored, IncompleteOrder],
        Kind::Given if !order.again => vec![OffsetSkipped],
        Kind::Exit => vec![SilentCommitFailure],
        Kind::Worked if order.again && n + 1 == orders.len() => vec![StalledCommits],
        _ => vec![],
    };
    of(n, shown)
}

/// What a history shows with the event at this place once more (as [`again`] makes it), right behind it.
///
/// - The order's row: two stand; the second stays at the first status.
/// - A part of the truth: it has one more than the kitchen stores.
/// - A message that handles an action: handled again, with no exit between; and once too often, where it had been handled again.
/// - A message told twice, or published once more, is a copy; a row that is written once more says the same; a dish more is no part
///   less; commits, exits and what is given may be repeated.
fn with_again(orders: &[Order], events: &[Marked], place: usize) -> Shows {
    let Marked { order: n, kind, .. } = events[place];
    let order = &orders[n];
    let shown = match kind {
        Kind::Row { status: 0 } => those([(DuplicateRow, true), (NotConverged, order.last() > 0)]).collect(),
        Kind::Truth => vec![PartialReadStored, IncompleteOrder],
        Kind::Handled { .. } => {
            those([(SilentCommitFailure, true), (RedeliveryStorm, order.again)]).collect()
        }
        _ => vec![],
    };
    of(n, shown)
}

/// What a history shows when the event at `place` comes only after that at `to`.
///
/// - A row that comes after a later one of its order: out of order; and after the last, that is how it ends.
/// - A dish that comes in another transaction: the order was stored without it.
/// - The first status, where the others are on another partition (time tells what was published first): published last it should stand
///   at the end; its first copy, published after all copies of the second status, should be written after it.
/// - The exit that comes after the second handling no longer parts it from the first (by the first key: of several that come as
///   often, that one counts). A handling that is told late is not done late: it began when the message was given.
/// - The worker's commit after the next one: the offset goes back.
/// - All else is judged by how it ends, or by offsets: when it comes does not matter.
fn late(orders: &[Order], events: &[Marked], place: usize, to: usize) -> Shows {
    let Marked { order: n, kind, .. } = events[place];
    let order = &orders[n];
    let passed = &events[place + 1..=to];
    let count = |is_it: &dyn Fn(Kind) -> bool| {
        passed.iter().filter(|event| event.order == n && is_it(event.kind)).count()
    };
    let passes = |is_it: &dyn Fn(Kind) -> bool| count(is_it) > 0;
    let shown: Vec<Anomaly> = match kind {
        Kind::Row { .. } => {
            let passes_last = passes(&|kind| kind == Kind::Row { status: order.last() });
            those([
                (OutOfOrder, passes(&|kind| matches!(kind, Kind::Row { .. }))),
                (NotConverged, passes_last),
            ])
            .collect()
        }
        Kind::Dish => {
            let of = events[place].transaction();
            let is_other = |event: &Marked| event.transaction().is_some_and(|other| Some(other) != of);
            those([(PartialReadStored, passed.iter().any(is_other))]).collect()
        }
        Kind::Message { status: 0, copy } if order.spread && order.last() > 0 => {
            let second = count(&|kind| matches!(kind, Kind::Message { status: 1, .. }));
            let others = count(&|kind| matches!(kind, Kind::Message { status: 1.., .. }));
            let is_first_late = copy == 0 && second == order.copies[1];
            let is_last = others == order.copies[1..].iter().sum::<usize>();
            those([(OutOfOrder, is_first_late), (NotConverged, is_last)]).collect()
        }
        Kind::Exit => {
            those([(SilentCommitFailure, passes(&|kind| kind == Kind::Handled { key: 0 }))]).collect()
        }
        Kind::Worked => {
            let is_back = passed.iter().any(|event| event.kind == Kind::Worked);
            return is_back.then_some((OffsetRewound, None)).into_iter().collect();
        }
        _ => vec![],
    };
    of(n, shown)
}

proptest! {
    #[test]
    fn correct_histories_hold(orders in orders()) {
        shows_exactly(&correct(&orders), vec![])?;
    }

    #[test]
    fn one_event_dropped(orders in orders(), pick: Pick) {
        let mut events = correct(&orders);
        let place = place(pick, &events, events.len() - 1);
        let expected = without(&orders, &events, place);
        events.remove(place);
        shows_exactly(&events, expected)?;
    }

    #[test]
    fn one_event_doubled(orders in orders(), pick: Pick) {
        let mut events = correct(&orders);
        let place = place(pick, &events, events.len() - 1);
        let expected = with_again(&orders, &events, place);
        let mut copy = events[place].clone();
        copy.event = again(&copy.event);
        events.insert(place + 1, copy);
        shows_exactly(&events, expected)?;
    }

    /// Where the key is unique, whoever writes an order twice is refused: the error alone is shown.
    #[test]
    fn one_row_refused(orders in orders(), index: Index) {
        let mut events = correct(&orders);
        let order = index.index(orders.len());
        let is_it = |event: &Marked| event.order == order && event.kind == Kind::Row { status: 0 };
        let place = events.iter().position(is_it).expect("every order has a row");
        let mut refused = events[place].clone();
        let message = format!("Duplicate entry '{order}' for key 'orders.PRIMARY'");
        refused.event.what = sql_error(1062, &message, "INSERT INTO orders VALUES (?, ?)").what;
        events.insert(place + 1, refused);
        shows_exactly(&events, of(order, [DuplicateKeyError]))?;
    }

    /// By any number of places: few of them as often as many.
    #[test]
    fn one_event_delayed(orders in orders(), pick: Pick, by in prop_oneof![1..=8_usize, 1..=200_usize]) {
        let events = correct(&orders);
        let place = place(pick, &events, events.len() - 2);
        let mut damaged = events.clone();
        let to = delay(&mut damaged, place, (place + by).min(events.len() - 2));
        shows_exactly(&damaged, late(&orders, &events, place, to))?;
    }

    /// The first of the two comes late by one place; no neighbours are so bound to each other that more follows. Eight pairs of each
    /// history, as most show nothing.
    #[test]
    fn two_neighbours_swapped(orders in orders(), picks: [Pick; 8]) {
        let events = correct(&orders);
        for pick in picks {
            let place = place(pick, &events, events.len() - 2);
            let mut swapped = events.clone();
            prop_assert_eq!(delay(&mut swapped, place, place + 1), place + 1);
            shows_exactly(&swapped, late(&orders, &events, place, place + 1))?;
        }
    }
}
