//! Mutual exclusion, on literal histories.

use pitfall_model::{
    Anomaly::{OverlappingCalls, OverlappingHandOver},
    Guarantee::MutualExclusion,
};

use crate::{literal::*, literal_calls::*};

#[test]
fn two_calls_of_an_order_in_flight_at_once_overlap() {
    let steps = [asked("17", 1), asked("17", 2), answered("17", 1, 200), answered("17", 2, 200)];
    let found = find(MutualExclusion, &history(steps));
    assert_eq!((found.judged, shown(&found)), (1, vec![(OverlappingCalls, "17")]));
    assert_eq!(evidence(&found), [1, 2, 3]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: was called again at +0.200 s, while the call of +0.100 s was in flight until +0.300 s"
    );
}

#[test]
fn a_call_is_in_flight_as_long_as_the_platform_takes() {
    let calls = |delay_ms| {
        let steps = [asked("17", 1), answers("17", 1, 200, delay_ms), asked("17", 2), answered("17", 2, 200)];
        find(MutualExclusion, &history(steps))
    };
    assert_eq!(shown(&calls(201)), [(OverlappingCalls, "17")]);
    assert_eq!(evidence(&calls(201)), [1, 2, 3]);
    assert_eq!((calls(200).judged, shown(&calls(200))), (1, vec![]), "the moment of the answer is free");
}

#[test]
fn calls_one_after_the_other_and_calls_of_two_orders_do_not_overlap() {
    let alone = [asked("17", 1), answered("17", 1, 500), asked("17", 2), answered("17", 2, 200)];
    let others = [asked("18", 3), asked("19", 4), answered("18", 3, 200), answered("19", 4, 200)];
    let found = find(MutualExclusion, &history(alone.into_iter().chain(others)));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn an_overlap_after_a_rebalance_is_told_apart() {
    let steps = [
        asked("17", 1),
        rebalanced("kitchen"),
        asked("17", 2),
        answered("17", 1, 200),
        answered("17", 2, 200),
    ];
    let found = find(MutualExclusion, &history(steps));
    assert_eq!(shown(&found), [(OverlappingHandOver, "17")]);
    assert_eq!(evidence(&found), [1, 2, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: was called again at +0.300 s, after the group was rebalanced at +0.200 s, while the call of +0.100 s was in flight until +0.400 s"
    );
}

#[test]
fn a_rebalance_between_the_tries_of_a_call_is_a_hand_over_too() {
    let failed = [asked("17", 1), answered("17", 1, 500), rebalanced("kitchen")];
    let both = [asked("17", 2), asked("17", 3), answered("17", 2, 200), answered("17", 3, 200)];
    let found = find(MutualExclusion, &history(failed.into_iter().chain(both)));
    assert_eq!(shown(&found), [(OverlappingHandOver, "17")]);
    assert_eq!(evidence(&found), [3, 4, 5, 6]);
}

#[test]
fn a_rebalance_before_the_work_began_or_of_another_group_excuses_nobody() {
    let both = || [asked("17", 2), asked("17", 3), answered("17", 2, 200), answered("17", 3, 200)];
    let done = [asked("17", 1), answered("17", 1, 200), rebalanced("kitchen")];
    let found = find(MutualExclusion, &history(done.into_iter().chain(both())));
    assert_eq!(shown(&found), [(OverlappingCalls, "17")]);

    let found =
        find(MutualExclusion, &history([asked("17", 1), rebalanced("worker")].into_iter().chain(both())));
    assert_eq!(shown(&found), [(OverlappingCalls, "17")]);
}

#[test]
fn what_follows_a_call_that_was_never_answered_is_unknown() {
    let found = find(MutualExclusion, &history([asked("17", 1), asked("17", 2), answered("17", 2, 200)]));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
    assert_eq!(
        found.unknown,
        [
            "order 17: the call at +0.100 s was never answered: whether it was in flight when the order was called again at +0.200 s is not known"
        ]
    );
}
