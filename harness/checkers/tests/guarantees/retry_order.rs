//! The retry contract's turn: what is tried again, and what is applied meanwhile.

use pitfall_model::{
    Anomaly::{BackOffTooShort, ReorderedByRetry},
    Guarantee::RetryContract,
};

use crate::{literal::*, literal_calls::*, retry_contract::failed};

fn both() -> [Step; 2] {
    [produced("17", "placed", 0), produced("17", "paid", 1)]
}

/// `placed` fails, `paid` is done, `placed` is tried again.
fn reordered() -> Vec<Step> {
    let paid = [asked("17", 2), answered("17", 2, 200), inserted("17", "paid")];
    let placed = [asked("17", 3), answered("17", 3, 200), committed(2)];
    both().into_iter().chain(failed(1)).chain(paid).chain(placed).collect()
}

#[test]
fn a_later_message_applied_before_the_retry_is_reordered() {
    let found = find(RetryContract, &history(reordered()));
    assert_eq!(shown(&found), [(ReorderedByRetry, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4, 8, 9]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: paid (order/0 offset 1) was applied at +0.800 s, after the call for placed (order/0 offset 0) at +0.300 s had failed and before that was tried again at +0.900 s"
    );
}

#[test]
fn in_its_turn_it_is_not() {
    let placed = [asked("17", 2), answered("17", 2, 200), inserted("17", "placed")];
    let paid = [asked("17", 3), answered("17", 3, 200), updated("17", "paid"), committed(2)];
    let found = find(RetryContract, &history(both().into_iter().chain(failed(1)).chain(placed).chain(paid)));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn what_has_no_tries_left_holds_nobody_up() {
    let paid = [asked("17", 4), answered("17", 4, 200), inserted("17", "paid")];
    let again = [asked("17", 5), answered("17", 5, 200), committed(2)];
    let steps = both().into_iter().chain((1..=3).flat_map(failed)).chain(paid).chain(again);
    assert_eq!(shown(&find(RetryContract, &history(steps))), []);
}

#[test]
fn a_call_that_may_be_of_a_third_message_shows_nothing() {
    let mut steps = reordered();
    steps.insert(2, produced("17", "completed", 2));
    assert_eq!(shown(&find(RetryContract, &history(steps))), []);
}

#[test]
fn delivered_again_to_a_new_owner_it_is_not_reordered() {
    let mut steps = reordered();
    steps.insert(8, rebalanced("kitchen"));
    assert_eq!(shown(&find(RetryContract, &history(steps))), []);
}

#[test]
fn more_calls_in_a_back_off_than_messages_are_too_soon() {
    let together = (1..=2).flat_map(|n| [asked("17", n), answered("17", n, 500)]);
    let steps = both().into_iter().chain(together).chain([asked("17", 3)]);
    let mut history = history(steps);
    // All calls within 100 ms.
    for (place, event) in history.events.iter_mut().enumerate().filter(|(place, _)| *place > 2) {
        event.at = 300_000_000 + place as u64 * 10_000_000;
    }
    let found = find(RetryContract, &history);
    assert_eq!(shown(&found), [(BackOffTooShort, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4, 5, 6, 7]);
}
