//! Progress, on literal histories.

use pitfall_model::{
    Anomaly::{RedeliveryStorm, SilentCommitFailure, StalledCommits},
    Guarantee::Progress,
    What,
};

use crate::{
    literal::*,
    literal_world::{fetched, sentence},
};

fn exited(role: &str) -> Step {
    what(What::ProcessExited { role: role.into(), instance: 1, exit: "signal 9".into() })
}

#[test]
fn handled_more_often_than_the_bound_is_a_storm() {
    let steps = [
        action("w1", 4),
        handled("w1", "a"),
        exited("worker"),
        handled("w1", "a"),
        exited("worker"),
        handled("w1", "a"),
    ];
    let found = find(Progress, &history(steps.into_iter().chain([worked(5)])));
    assert_eq!((found.judged, shown(&found)), (1, vec![(RedeliveryStorm, "w1")]));
    assert_eq!(evidence(&found), [1, 2, 4, 6]);
}

#[test]
fn handled_again_within_the_bound_after_an_exit_holds() {
    let steps = [action("w1", 4), handled("w1", "a"), exited("worker"), handled("w1", "a"), worked(5)];
    let found = find(Progress, &history(steps));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn a_fan_out_is_one_handling() {
    let steps = [action("w1", 4), handled("w1", "a"), handled("w1", "b"), handled("w1", "c"), worked(5)];
    assert_eq!(shown(&find(Progress, &history(steps))), []);
}

#[test]
fn handled_again_while_the_offset_stands_still_is_stalled() {
    let steps = [worked(4), action("w1", 4), handled("w1", "a"), exited("worker"), handled("w1", "a")];
    let found = find(Progress, &history(steps));
    assert_eq!(shown(&found), [(StalledCommits, "w1")]);
    assert_eq!(evidence(&found), [1, 2, 3, 5]);
}

#[test]
fn an_offset_that_advanced_in_the_end_is_not_stalled() {
    let steps =
        [worked(2), action("w1", 4), handled("w1", "a"), exited("worker"), handled("w1", "a"), worked(3)];
    assert_eq!(shown(&find(Progress, &history(steps))), []);
}

#[test]
fn handled_again_with_nobody_told_is_a_silent_failure() {
    let steps = [action("w1", 4), handled("w1", "a"), exited("consumer"), handled("w1", "a"), worked(5)];
    let found = find(Progress, &history(steps));
    assert_eq!(shown(&found), [(SilentCommitFailure, "w1")]);
    assert_eq!(evidence(&found), [1, 2, 4]);
}

#[test]
fn an_alert_or_a_commit_in_between_is_no_silent_failure() {
    let alert = what(What::Alert { text: "commit failed".into() });
    let told = [action("w1", 4), handled("w1", "a"), alert, handled("w1", "a"), worked(5)];
    assert_eq!(shown(&find(Progress, &history(told))), []);
    let committed = [action("w1", 4), handled("w1", "a"), worked(5), handled("w1", "a")];
    assert_eq!(shown(&find(Progress, &history(committed))), []);
}

#[test]
fn what_the_second_delivery_did_is_no_excuse_where_its_effect_is_told_late() {
    let steps =
        [action("w1", 4), fetched(4, 4), handled("w1", "a"), fetched(4, 4), worked(5), handled("w1", "a")];
    assert_eq!(shown(&find(Progress, &history(steps))), [(SilentCommitFailure, "w1")]);
    let before =
        [action("w1", 4), fetched(4, 4), handled("w1", "a"), worked(5), fetched(4, 4), handled("w1", "a")];
    assert_eq!(shown(&find(Progress, &history(before))), []);
    let once = [action("w1", 4), fetched(4, 4), handled("w1", "a"), worked(5), handled("w1", "a")];
    assert_eq!(shown(&find(Progress, &history(once))), []);
}

#[test]
fn an_exit_that_is_told_before_what_was_handled_last_is_told() {
    let late = [
        action("w1", 4),
        fetched(4, 4),
        exited("worker"),
        handled("w1", "a"),
        fetched(4, 4),
        handled("w1", "a"),
        worked(5),
    ];
    assert_eq!(shown(&find(Progress, &history(late))), []);
    let earlier = [
        action("w1", 4),
        exited("worker"),
        fetched(4, 4),
        handled("w1", "a"),
        fetched(4, 4),
        handled("w1", "a"),
        worked(5),
    ];
    assert_eq!(shown(&find(Progress, &history(earlier))), [(SilentCommitFailure, "w1")]);
}

#[test]
fn statuses_of_one_order_are_messages_of_their_own() {
    use pitfall_model::{Guarantee, OfProgress};
    let (topic, group, role) = ("order".into(), "kitchen".into(), "kitchen".into());
    let bounds = OfProgress { topic, group, role, effect: "shown".into(), redeliveries: 0, at_least: 1 };
    let on = |history| {
        let verdict = judge_on(Guarantee::Progress, &history, |judging| {
            judging.guarantees.progress = Some(bounds.clone())
        });
        verdict.shown.into_iter().map(|(anomaly, _)| anomaly).collect::<Vec<_>>()
    };
    let published = || [produced("17", "placed", 1), produced("17", "paid", 2)];
    let once = [inserted("17", "placed"), updated("17", "paid"), committed(3)];
    assert_eq!(on(history(published().into_iter().chain(once))), []);
    let again = [inserted("17", "placed"), updated("17", "paid"), updated("17", "placed"), committed(3)];
    assert_eq!(on(history(published().into_iter().chain(again))), [RedeliveryStorm, SilentCommitFailure]);
}

/// Group `worker` looks so from outside, from here on.
fn looks(state: &str, members: u64) -> Step {
    what(What::GroupDescribed { group: "worker".into(), state: state.into(), members })
}

#[test]
fn what_the_group_looked_like_meanwhile_is_said_and_shown() {
    let again = |looks: Vec<Step>| {
        let first = [worked(4), action("w1", 4), handled("w1", "a")];
        find(Progress, &history(first.into_iter().chain(looks).chain([exited("worker"), handled("w1", "a")])))
    };
    let stable = again(vec![looks("Stable", 2), looks("Empty", 0)]);
    assert_eq!((shown(&stable), evidence(&stable)), (vec![(StalledCommits, "w1")], vec![1, 2, 3, 4, 7]));
    let said = "; meanwhile the group looked Stable from outside, members: 2";
    assert!(sentence(&stable).ends_with(said), "{}", sentence(&stable));
    let never_stable = again(vec![looks("PreparingRebalance", 2), looks("Stable", 0), looks("Empty", 0)]);
    assert!(sentence(&never_stable).ends_with("looked Empty from outside, members: 0"));
    assert!(sentence(&again(vec![])).ends_with("stood still to the end"), "nobody looked");
}

#[test]
fn a_group_looks_as_it_did_until_it_looks_otherwise() {
    let before =
        [looks("Stable", 2), action("w1", 4), handled("w1", "a"), exited("worker"), handled("w1", "a")];
    let found = find(Progress, &history(before.into_iter().chain([looks("Empty", 0)])));
    assert_eq!((shown(&found), evidence(&found)), (vec![(StalledCommits, "w1")], vec![1, 2, 3, 5]));
}

#[test]
fn an_alert_before_a_late_effect_is_of_the_handling_that_it_follows() {
    let alert = || what(What::Alert { text: "commit failed".into() });
    let told = |first: [Step; 4]| {
        let rest = [fetched(4, 4), handled("w1", "a"), worked(5)];
        find(Progress, &history(first.into_iter().chain(rest)))
    };
    assert_eq!(shown(&told([action("w1", 4), fetched(4, 4), alert(), handled("w1", "a")])), []);
    let before_it_was_given = told([action("w1", 4), alert(), fetched(4, 4), handled("w1", "a")]);
    assert_eq!(shown(&before_it_was_given), [(SilentCommitFailure, "w1")]);
}
