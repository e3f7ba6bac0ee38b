//! Economy, on literal histories.

use pitfall_model::{Anomaly::BusyWhenIdle, Guarantee::Economy, What};

use crate::{literal::*, literal_times::*};

fn started(instance: u32) -> Step {
    what(What::ProcessStarted { role: "worker".into(), instance, pid: 1 })
}

fn paused(instance: u32) -> Step {
    what(What::ProcessPaused { role: "worker".into(), instance })
}

/// One message is worked off at 300 ms; then the worker is idle, and uses so much in the second after 400 ms.
fn idle(uses: u64) -> Vec<Timed> {
    vec![
        at(50, started(1)),
        at(200, action("w1", 4)),
        at(250, used(1, 900)),
        at(300, worked(5)),
        at(400, used(1, 1000)),
        at(1400, used(1, 1000 + uses)),
    ]
}

#[test]
fn an_idle_process_that_works_is_busy() {
    let found = find(Economy, &timed(idle(201), 3000));
    assert_eq!((found.judged, shown(&found)), (1, vec![(BusyWhenIdle, "?")]));
    assert_eq!(evidence(&found), [4, 5, 6]);
    assert_eq!(
        found.violations[0].sentence,
        "worker 1 used 201 ms of CPU from +0.400 s to +1.400 s, 20 % of a core, 20 % is allowed, though it had nothing to do: group worker had committed all of topic action at +0.300 s"
    );
}

#[test]
fn next_to_no_cpu_is_allowed() {
    let found = find(Economy, &timed(idle(200), 3000));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn with_work_to_do_it_is_not_idle() {
    // A message comes, and the second sample is of another time, too short by itself.
    let mut steps = idle(900);
    steps.insert(5, at(1300, action("w2", 5)));
    let found = find(Economy, &timed(steps, 3000));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
    // The commit is not past the message.
    let mut steps = idle(900);
    steps[3] = at(300, worked(4));
    assert_eq!(find(Economy, &timed(steps, 3000)).judged, 0);
}

#[test]
fn a_commit_that_goes_back_gives_work_again() {
    let mut steps = idle(900);
    steps.insert(5, at(500, worked(4)));
    assert_eq!(find(Economy, &timed(steps, 3000)).judged, 0);
}

#[test]
fn before_the_first_message_it_is_starting() {
    let steps = [at(50, started(1)), at(100, used(1, 0)), at(2000, used(1, 1900))];
    assert_eq!(find(Economy, &timed(steps, 3000)).judged, 0);
}

#[test]
fn who_starts_or_stands_still_meanwhile_is_not_judged() {
    for event in [started(1), paused(1)] {
        let mut steps = idle(900);
        steps.insert(5, at(500, event));
        assert_eq!(find(Economy, &timed(steps, 3000)).judged, 0);
    }
    // Another process is nobody's business.
    let mut steps = idle(900);
    steps.insert(5, at(500, started(2)));
    assert_eq!(shown(&find(Economy, &timed(steps, 3000))), [(BusyWhenIdle, "?")]);
}

#[test]
fn a_process_that_ends_is_judged_by_what_it_used_before() {
    let exited = what(What::ProcessExited { role: "worker".into(), instance: 1, exit: "code 0".into() });
    let steps = idle(900).into_iter().chain([at(1500, exited), at(1600, started(1)), at(1700, used(1, 0))]);
    let found = find(Economy, &timed(steps, 3000));
    assert_eq!((found.judged, shown(&found)), (1, vec![(BusyWhenIdle, "?")]));
}

#[test]
fn each_idle_time_of_each_process_is_judged() {
    let second =
        [at(1500, action("w2", 5)), at(1600, worked(6)), at(1700, used(1, 2000)), at(1700, used(2, 0))];
    let last = [at(2700, used(1, 2900)), at(2700, used(2, 10))];
    let found = find(Economy, &timed(idle(900).into_iter().chain(second).chain(last), 3000));
    assert_eq!((found.judged, shown(&found)), (3, vec![(BusyWhenIdle, "?"), (BusyWhenIdle, "?")]));
}
