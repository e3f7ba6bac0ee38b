//! Liveness, on literal histories: group `worker` may rebalance twice for each process that comes or goes, and within a second.

use pitfall_model::{Anomaly::UnsettledGroup, Guarantee::Liveness, What};

use crate::{literal::*, literal_world::*};

/// Two processes come one after the other, and the group settles each time; its last event is at 9, 0.9 s.
fn coming() -> Vec<Step> {
    vec![
        started(1),
        joined("a", 1),
        synced("a", 1),
        started(2),
        told_to_rejoin("a", 1),
        joined("a", 2),
        joined("b", 2),
        synced("a", 2),
        synced("b", 2),
    ]
}

#[test]
fn a_group_that_settles_holds() {
    let history = wait(history(coming()), 10, 2000);
    let found = find(Liveness, &history);
    assert_eq!((found.judged, shown(&found)), (2, vec![]));
    assert_eq!(verdict(Liveness, &history), "holds");
}

#[test]
fn more_rebalances_than_the_bound_are_unsettled() {
    let again = [joined("b", 3), joined("a", 4), joined("b", 5)];
    let steps = [started(1), joined("a", 2)].into_iter().chain(again);
    let found = find(Liveness, &history(steps));
    assert_eq!((found.judged, shown(&found)), (1, vec![(UnsettledGroup, "?")]));
    assert_eq!(evidence(&found), [1, 2, 3, 4], "the first that is too much is the last that is shown");
    assert_eq!(
        sentence(&found),
        "group worker rebalanced 4 times until +0.500 s after process worker 1 started at +0.100 s, the bound is 2; its states went PreparingRebalance -> CompletingRebalance -> Stable 0 times"
    );
}

#[test]
fn members_of_one_generation_are_one_rebalance() {
    let steps = [started(1), joined("a", 2), joined("b", 2), joined("c", 2), joined("a", 3), joined("b", 3)];
    assert_eq!(verdict(Liveness, &wait(history(steps), 7, 2000)), "holds");
}

#[test]
fn what_comes_before_the_time_is_over_is_judged_together() {
    let four = [joined("a", 1), joined("a", 2), joined("a", 3), joined("b", 4)];
    let steps = [started(1), started(2)].into_iter().chain(four.clone());
    assert_eq!(verdict(Liveness, &wait(history(steps), 7, 2000)), "holds");
    let apart = wait(history([started(1), started(2)].into_iter().chain(four)), 2, 1500);
    let found = find(Liveness, &apart);
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![2, 3, 4, 5]));
    let five = [
        started(1),
        started(2),
        joined("a", 1),
        joined("a", 2),
        joined("a", 3),
        joined("a", 4),
        joined("a", 5),
    ];
    let found = find(Liveness, &history(five));
    assert_eq!(evidence(&found), [1, 2, 3, 4, 5, 6, 7]);
    assert!(sentence(&found).contains(
        "after processes of role worker came or went 2 times from +0.100 s to +0.200 s, the bound is 4"
    ));
}

#[test]
fn a_rebalance_after_the_time_is_late() {
    let steps = coming().into_iter().chain([joined("a", 3)]);
    let found = find(Liveness, &wait(history(steps), 10, 1000));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![4, 5, 6, 8, 10]));
    assert_eq!(
        sentence(&found),
        "group worker rebalanced (generation 3) at +2.000 s: it had not settled within 1s after processes of role worker came or went 2 times from +0.100 s to +0.400 s; its states went PreparingRebalance -> CompletingRebalance -> Stable 2 times"
    );
}

#[test]
fn what_led_to_a_late_rebalance_is_shown_as_the_states_went() {
    let late =
        [told_to_rejoin("a", 2), told_to_rejoin("b", 2), joined("a", 3), synced("a", 3), synced("b", 3)];
    let steps = coming().into_iter().chain(late);
    let found = find(Liveness, &wait(history(steps), 10, 1000));
    // Told to rejoin, again and again, joined: it is the rebalance that is late, not the heartbeats before it.
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![4, 5, 6, 8, 10, 12]));
    assert!(
        sentence(&found).starts_with("group worker rebalanced (generation 3) at +2.200 s"),
        "{}",
        sentence(&found)
    );
}

#[test]
fn a_member_that_gets_its_partitions_late_is_late() {
    let steps = [started(1), joined("a", 1), joined("b", 1), synced("a", 1), synced("b", 1)];
    let found = find(Liveness, &wait(history(steps.clone()), 5, 1500));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![1, 2, 4, 5]));
    let asked_again = steps.into_iter().chain([joined("b", 1), synced("b", 1)]);
    assert_eq!(shown(&find(Liveness, &wait(history(asked_again), 6, 1500))), [], "it has them already");
}

#[test]
fn a_rebalance_that_comes_to_nothing_is_late() {
    let begun = [started(1), joined("a", 1), started(2), told_to_rejoin("a", 1)];
    let found = find(Liveness, &wait(history(begun.clone()), 5, 2000));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![3, 4]));
    let says = "group worker told a member of a rebalance at +0.400 s, and gave nobody partitions since";
    assert!(sentence(&found).starts_with(says), "{}", sentence(&found));
    let reason = verdict(
        Liveness,
        &wait(cut(begun.into_iter().chain([what(What::Alert { text: "!".into() })])), 5, 2000),
    );
    assert!(reason.contains(says) && reason.contains("the run was killed"), "{reason}");
}

#[test]
fn a_process_that_leaves_the_group_goes_from_then_on() {
    let leaves =
        [started(1), joined("a", 1), started(2), joined("b", 2), left("b"), joined("a", 3), exited(2)];
    let settled = wait(wait(history(leaves), 5, 1500), 8, 2000);
    assert_eq!(verdict(Liveness, &settled), "holds");
    let stays = [started(1), joined("a", 1), started(2), joined("b", 2), left("b"), joined("a", 3)];
    let found = find(Liveness, &wait(wait(history(stays), 5, 1500), 7, 2000));
    assert_eq!(
        (shown(&found), evidence(&found)),
        (vec![(UnsettledGroup, "?")], vec![3, 4, 6]),
        "nobody went"
    );
}

#[test]
fn epochs_of_the_newer_protocol_are_generations() {
    let steps =
        [started(1), beat("a", 0, 1), started(2), beat("b", 0, 2), beat("a", 1, 2), beat("a", -1, -1)];
    assert_eq!(verdict(Liveness, &wait(history(steps.clone()), 7, 2000)), "holds");
    let found = find(Liveness, &wait(history(steps), 5, 1500));
    assert_eq!((shown(&found), evidence(&found)), (vec![(UnsettledGroup, "?")], vec![3, 5]));
}

#[test]
fn other_groups_and_roles_are_another_matter() {
    let consumer =
        || what(What::ProcessExited { role: "consumer".into(), instance: 1, exit: "code 0".into() });
    let mut steps = coming();
    steps.extend([consumer(), consumer(), consumer()]);
    let found = find(Liveness, &wait(history(steps), 10, 2000));
    assert_eq!((found.judged, shown(&found)), (2, vec![]));
}

#[test]
fn what_no_link_told_and_what_the_end_cut_off_is_unknown() {
    let nothing = history([started(1), exited(1)]);
    assert_eq!(verdict(Liveness, &nothing), "no link told of a generation of group worker");
    let reason = verdict(Liveness, &history(coming()));
    assert!(reason.starts_with("whether group worker settles within 1s after"), "{reason}");
    assert!(reason.ends_with("is not seen: the history ends at +1.000 s"), "{reason}");
}

#[test]
fn a_stall_of_the_harness_leaves_it_open() {
    let stalled = what(What::Stalled { for_ms: 900 });
    let steps = [started(1), stalled, joined("a", 2), joined("b", 3), joined("a", 4)];
    let reason = verdict(Liveness, &history(steps));
    assert!(reason.contains("the harness itself stalled for 900 ms"), "{reason}");
}
