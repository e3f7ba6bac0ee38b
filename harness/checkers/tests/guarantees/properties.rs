//! Properties: judging never panics, and damage to a correct history is found.

use pitfall_checkers::judge;
use pitfall_model::{Anomaly, Change, History, Outcome, What};
use proptest::{prelude::*, sample::SizeRange};

use crate::literal::*;

/// `count` orders, each with every step right: parts, copies, statuses, rows, commits; and an action each.
fn correct(count: usize) -> History {
    let orders = (0..count).flat_map(|n| {
        let (id, at) = (n.to_string(), n as i64 * 3);
        let (a, b) = (format!("{n}a"), format!("{n}b"));
        [
            ordered(&a, &id),
            ordered(&b, &id).together(),
            ordered(&a, &id).on_replica(),
            produced(&id, "placed", at),
            produced(&id, "placed", at + 1),
            produced(&id, "paid", at + 2),
            inserted(&id, "placed"),
            dish(&a, &id).together(),
            dish(&b, &id).together(),
            updated(&id, "paid"),
            committed(at + 3),
            action(&id, n as i64),
            handled(&id, &a),
            handled(&id, &b),
            worked(n as i64 + 1),
        ]
    });
    history(orders)
}

fn indices(size: impl Into<SizeRange>) -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), size)
}

fn shows(history: &History, anomaly: Anomaly) -> bool {
    judge(history, &judging()).shown.iter().any(|(shown, _)| *shown == anomaly)
}

#[test]
fn a_correct_history_is_as_declared() {
    assert_eq!(judge(&correct(5), &judging()).outcome, Outcome::AsDeclared);
}

proptest! {
    #[test]
    fn judging_never_panics(picked in indices(0..120), truncated: bool) {
        let all = correct(6).events;
        let events = picked.iter().map(|index| index.get(&all).clone()).collect();
        judge(&History { events, truncated }, &judging());
    }

    #[test]
    fn no_subset_of_a_run_without_its_end_is_as_declared(keep in prop::collection::vec(any::<bool>(), 92)) {
        let mut kept = keep.into_iter();
        let mut history = correct(6);
        history.events.pop();
        history.events.retain(|_| kept.next().unwrap_or(true));
        prop_assert_ne!(judge(&history, &judging()).outcome, Outcome::AsDeclared);
    }

    #[test]
    fn without_its_rows_an_order_is_lost(order in 0..6_usize) {
        let mut history = correct(6);
        let id = order.to_string();
        history.events.retain(|e| !matches!(&e.what, What::RowChanged { table, key, .. } if table == "orders" && *key == id));
        prop_assert!(shows(&history, Anomaly::LostMessage));
        prop_assert!(shows(&history, Anomaly::IncompleteOrder));
    }

    #[test]
    fn without_its_last_update_an_order_has_not_converged(order in 0..6_usize) {
        let mut history = correct(6);
        let id = order.to_string();
        let is_it = |what: &What| matches!(what, What::RowChanged { change: Change::Update, key, .. } if *key == id);
        history.events.retain(|event| !is_it(&event.what));
        prop_assert!(shows(&history, Anomaly::NotConverged));
        prop_assert!(shows(&history, Anomaly::SkippedStatus));
    }

    #[test]
    fn without_a_dish_an_order_is_incomplete(order in 0..6_usize, second: bool) {
        let mut history = correct(6);
        let dish = format!("{order}{}", if second { "b" } else { "a" });
        history.events.retain(|e| !matches!(&e.what, What::RowChanged { database, key, .. } if database == "kitchen" && *key == dish));
        prop_assert!(shows(&history, Anomaly::PartialReadStored));
        prop_assert!(shows(&history, Anomaly::IncompleteOrder));
    }

    #[test]
    fn with_a_row_twice_an_order_is_a_duplicate(order in 0..6_usize) {
        let mut history = correct(6);
        let id = order.to_string();
        let is_it = |what: &What| matches!(what, What::RowChanged { change: Change::Insert, table, key, .. } if table == "orders" && *key == id);
        let at = history.events.iter().position(|event| is_it(&event.what)).expect("is there");
        let mut copy = history.events[at].clone();
        if let What::RowChanged { key, .. } = &mut copy.what {
            *key = "another".into();
        }
        history.events.insert(at + 1, copy);
        prop_assert!(shows(&history, Anomaly::DuplicateRow));
    }
}
