//! The retry contract's budget, back-off and end, on literal histories: 3 calls, 200 ms.

use pitfall_model::{
    Anomaly::{BackOffTooShort, GaveUpEarly, TooManyAttempts},
    Guarantee::RetryContract,
};

use crate::{literal::*, literal_calls::*};

/// A call that fails, and the back-off after it.
pub(crate) fn failed(request: u64) -> [Step; 3] {
    [asked("17", request), answered("17", request, 500), time_goes_by()]
}

fn done(request: u64) -> [Step; 4] {
    [asked("17", request), answered("17", request, 200), inserted("17", "placed"), committed(1)]
}

fn placed() -> [Step; 1] {
    [produced("17", "placed", 0)]
}

#[test]
fn within_the_budget_and_after_the_back_off_it_holds() {
    let steps = placed().into_iter().chain(failed(1)).chain(failed(2)).chain(done(3));
    let found = find(RetryContract, &history(steps));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));

    let dead = [letter("1", "17", None, Some("no")), committed(1)];
    let steps = placed().into_iter().chain((1..=3).flat_map(failed)).chain(dead);
    let found = find(RetryContract, &history(steps));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn an_order_without_a_failed_call_is_not_judged() {
    let found = find(RetryContract, &history(placed().into_iter().chain(done(1))));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
}

#[test]
fn a_try_beyond_the_budget_is_one_too_many_whatever_came_of_it() {
    for last in [200, 500] {
        let steps = placed().into_iter().chain((1..=3).flat_map(failed));
        let steps = steps.chain([asked("17", 4), answered("17", 4, last), committed(1)]);
        let found = find(RetryContract, &history(steps));
        assert_eq!(shown(&found), [(TooManyAttempts, "17")], "{last}");
        assert_eq!(evidence(&found), [1, 2, 3, 5, 6, 8, 9, 11]);
        assert_eq!(
            found.violations[0].sentence,
            "order 17: was called for the 4th time at +1.100 s, after 3 failed calls since +0.200 s: the budget is 3"
        );
    }
}

#[test]
fn a_new_owner_begins_its_tries_anew() {
    let tries = |count: u64| {
        let again = (4..4 + count).flat_map(failed);
        let steps = placed().into_iter().chain((1..=3).flat_map(failed));
        find(RetryContract, &history(steps.chain([rebalanced("kitchen")]).chain(again).chain([committed(1)])))
    };
    assert_eq!(shown(&tries(3)), []);
    assert_eq!(shown(&tries(4)), [(TooManyAttempts, "17")]);
    assert!(tries(4).violations[0].sentence.ends_with("the budget is 3 and for each of 2 owners in turn"));
}

#[test]
fn each_message_has_a_budget_of_its_own() {
    let tries = |count: u64| {
        let two = [produced("17", "placed", 0), produced("17", "paid", 1)];
        find(
            RetryContract,
            &history(two.into_iter().chain((1..=count).flat_map(failed)).chain([committed(2)])),
        )
    };
    assert_eq!(shown(&tries(6)), []);
    assert_eq!(shown(&tries(7)), [(TooManyAttempts, "17")]);
}

#[test]
fn a_call_that_was_never_answered_may_have_succeeded() {
    let steps = placed().into_iter().chain(failed(1)).chain(failed(2));
    let steps = steps.chain([asked("17", 3), time_goes_by(), time_goes_by()]);
    let found = find(RetryContract, &history(steps.chain(failed(4)).chain([committed(1)])));
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 0));

    let found = find(
        RetryContract,
        &history(placed().into_iter().chain(failed(1)).chain([asked("17", 2), committed(1)])),
    );
    assert_eq!(shown(&found), []);
    assert_eq!(
        found.unknown,
        ["order 17: the call at +0.500 s was never answered: whether it had to be tried again is not known"]
    );
}

#[test]
fn acknowledged_with_tries_left_is_given_up_early() {
    let found = find(RetryContract, &history(placed().into_iter().chain(failed(1)).chain([committed(1)])));
    assert_eq!(shown(&found), [(GaveUpEarly, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: placed (order/0 offset 0) was acknowledged at +0.500 s and not tried again, though its call had failed at +0.300 s: the last of 1, and the budget is 3"
    );
}

#[test]
fn tried_again_after_it_was_acknowledged_is_not_given_up() {
    let steps = placed().into_iter().chain(failed(1)).chain([committed(1)]);
    let found = find(RetryContract, &history(steps.chain(done(2))));
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 0));
}

#[test]
fn what_is_not_acknowledged_may_be_tried_again() {
    let found = find(RetryContract, &history(placed().into_iter().chain(failed(1)).chain([committed(0)])));
    assert_eq!(shown(&found), []);
    assert_eq!(
        found.unknown,
        [
            "order 17: the call of +0.200 s failed, and placed (order/0 offset 0) is not acknowledged (group kitchen: last commit 0): it may be tried again"
        ]
    );
}

#[test]
fn in_a_run_without_its_end_nothing_was_given_up() {
    let found = find(RetryContract, &cut(placed().into_iter().chain(failed(1)).chain([committed(1)])));
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 1));
}

#[test]
fn sooner_than_the_back_off_is_too_short() {
    let soon = [asked("17", 1), answered("17", 1, 500)];
    let found = find(RetryContract, &history(placed().into_iter().chain(soon).chain(done(2))));
    assert_eq!(shown(&found), [(BackOffTooShort, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: was called again at +0.400 s, 100 ms after its call had failed: the back-off is 200 ms"
    );
}

#[test]
fn the_back_off_begins_when_the_caller_has_the_answer() {
    let slow = |delay_ms| {
        let slow = [asked("17", 1), answers("17", 1, 500, delay_ms), time_goes_by(), time_goes_by()];
        find(RetryContract, &history(placed().into_iter().chain(slow).chain(done(2))))
    };
    assert_eq!(shown(&slow(200)), []);
    assert_eq!(shown(&slow(201)), [(BackOffTooShort, "17")]);
}

#[test]
fn a_new_owner_need_not_wait() {
    let soon = [asked("17", 1), answered("17", 1, 500), rebalanced("kitchen")];
    let steps = placed().into_iter().chain(soon);
    assert_eq!(shown(&find(RetryContract, &history(steps.chain(done(2))))), []);
}

#[test]
fn with_two_messages_to_do_the_next_call_may_be_of_the_other() {
    let soon = |calls: u64| {
        let two = [produced("17", "placed", 0), produced("17", "paid", 1)];
        let calls = (1..=calls).flat_map(|n| [asked("17", n), answers("17", n, 500, 10)]);
        shown_of(find(RetryContract, &history(two.into_iter().chain(calls).chain([time_goes_by()]))))
    };
    assert_eq!(soon(2), []);
    // The first and the third may be 300 ms apart, each with its 200 ms.
    assert_eq!(soon(3), []);
}

fn shown_of(found: pitfall_model::Finding) -> Vec<pitfall_model::Anomaly> {
    found.violations.iter().map(|violation| violation.anomaly).collect()
}
