//! Availability, on literal histories.

use pitfall_model::{Anomaly::SlowToGoOn, Guarantee::Availability};

use crate::{literal::*, literal_times::*};

fn published(order: &str, offset: i64, ms: u64) -> Timed {
    at(ms, produced(order, "placed", offset))
}

fn done(order: &str, ms: u64) -> Timed {
    at(ms, inserted(order, "placed"))
}

#[test]
fn a_message_that_waits_beyond_the_bound_after_the_fault_is_slow() {
    let steps = [published("7", 1, 100), at(200, broken()), done("7", 1201)];
    let found = find(Availability, &timed(steps, 3000));
    assert_eq!((found.judged, shown(&found)), (1, vec![(SlowToGoOn, "7")]));
    assert_eq!(evidence(&found), [1, 2, 3]);
    assert_eq!(
        found.violations[0].sentence,
        "order 7: placed (order/0 offset 1) waited, and from +0.200 s until +1.201 s no waiting message had its effect, though fault broker-dead had begun at +0.200 s and 1s is allowed"
    );
}

#[test]
fn within_the_bound_it_goes_on() {
    let steps = [published("7", 1, 100), at(200, broken()), done("7", 1200)];
    let found = find(Availability, &timed(steps, 3000));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn one_effect_is_enough_when_others_follow() {
    let waiting = [published("7", 1, 100), published("8", 2, 100), at(200, broken())];
    let effects = [done("7", 1100), done("8", 2100)];
    assert_eq!(shown(&find(Availability, &timed(waiting.into_iter().chain(effects), 3000))), []);
}

#[test]
fn an_effect_that_was_under_way_is_not_going_on() {
    let waiting = [published("7", 1, 100), published("8", 2, 100), at(200, broken())];
    let effects = [done("7", 210), done("8", 1211)];
    let found = find(Availability, &timed(waiting.into_iter().chain(effects), 3000));
    assert_eq!((found.judged, shown(&found)), (2, vec![(SlowToGoOn, "8")]));
    assert_eq!(evidence(&found), [2, 3, 4, 5]);
}

#[test]
fn a_pause_long_after_the_fault_is_not_its_doing() {
    let waiting = [published("7", 1, 100), at(200, broken()), done("7", 300)];
    let later = [published("8", 2, 1500), done("8", 2900)];
    assert_eq!(shown(&find(Availability, &timed(waiting.into_iter().chain(later), 3000))), []);
}

#[test]
fn where_nothing_waits_the_time_runs_from_the_first_message() {
    let steps = [at(200, broken()), published("7", 1, 5000), done("7", 6000)];
    assert_eq!(shown(&find(Availability, &timed(steps, 9000))), []);
    let steps = [at(200, broken()), published("7", 1, 5000), done("7", 6001)];
    let found = find(Availability, &timed(steps, 9000));
    assert_eq!((found.judged, shown(&found)), (1, vec![(SlowToGoOn, "7")]));
}

#[test]
fn what_never_has_its_effect_is_slow_where_nothing_goes_on() {
    let steps = [published("7", 1, 100), at(200, broken())];
    let found = find(Availability, &timed(steps.clone(), 1201));
    assert_eq!(shown(&found), [(SlowToGoOn, "7")]);
    assert_eq!(evidence(&found), [1, 2]);
    let found = find(Availability, &timed(steps, 1200));
    assert_eq!(shown(&found), []);
    assert_eq!(
        found.unknown,
        [
            "order 7: placed (order/0 offset 1) still waited when the run ended at +1.200 s: 1s after +0.200 s were not over"
        ]
    );
}

#[test]
fn what_was_passed_over_does_not_wait() {
    let steps = [published("7", 1, 100), published("8", 2, 100), at(200, broken()), done("8", 300)];
    let found = find(Availability, &timed(steps, 9000));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
    // In another partition it is not passed over.
    let steps = [
        at(100, produced("7", "placed", 1).on(1)),
        published("8", 2, 100),
        at(200, broken()),
        done("8", 300),
    ];
    assert_eq!(shown(&find(Availability, &timed(steps, 9000))), [(SlowToGoOn, "7")]);
}

#[test]
fn each_beginning_of_the_fault_is_judged() {
    let first = [published("7", 1, 100), at(200, broken()), done("7", 1300)];
    let second = [published("8", 2, 3000), at(3100, broken()), done("8", 4200)];
    let found = find(Availability, &timed(first.into_iter().chain(second), 9000));
    assert_eq!(shown(&found), [(SlowToGoOn, "7"), (SlowToGoOn, "8")]);
}

#[test]
fn a_fault_that_never_began_tells_nothing() {
    let found = find(Availability, &timed([published("7", 1, 100), done("7", 5000)], 9000));
    assert_eq!(
        (found.judged, &found.unknown[..]),
        (0, &["fault broker-dead never began: nothing had to go on after it".to_owned()][..])
    );
}
