//! Backpressure, on literal histories.

use pitfall_model::{
    Anomaly::{CallDuringBan, LagNotDrained, RateExceeded, TooManyInFlight},
    Finding,
    Guarantee::Backpressure,
    History, Verdict,
};

use crate::{literal::*, literal_times::*};

/// The anomalies, without what has to drain.
fn of_calls(history: &History) -> Finding {
    let verdict = judge_on(Backpressure, history, |judging| {
        judging.guarantees.backpressure.as_mut().expect("is judged").drains = None;
    });
    verdict.judgements.into_iter().find(|j| j.guarantee == Backpressure).expect("is judged").finding
}

/// Three calls, 50 ms apart, each of which takes so many milliseconds.
fn three_calls(takes: u64) -> Vec<Timed> {
    let call = |(n, order): (u64, &'static str)| {
        [at(n * 50, asked(n, order)), at(n * 50, slowly(n, order, 200, takes))]
    };
    [(1, "7"), (2, "8"), (3, "9")].into_iter().flat_map(call).collect()
}

#[test]
fn a_third_call_while_two_are_in_flight_is_too_many() {
    let found = of_calls(&timed(three_calls(200), 900));
    assert_eq!((found.judged, shown(&found)), (3, vec![(TooManyInFlight, "?")]));
    assert_eq!(evidence(&found), [1, 2, 3, 4, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "3 calls of ship were in flight at +0.150 s, 2 are allowed: 7 since +0.050 s, 8 since +0.100 s, 9 since +0.150 s"
    );
}

#[test]
fn a_call_is_over_when_its_answer_has_left() {
    assert_eq!(shown(&of_calls(&timed(three_calls(101), 900))), [(TooManyInFlight, "?")]);
    assert_eq!(shown(&of_calls(&timed(three_calls(100), 900))), []);
}

#[test]
fn a_call_whose_connection_has_ended_is_over() {
    let mut steps = three_calls(200);
    steps[0] = steps[0].clone().on(4);
    steps.insert(4, at(140, closed()).on(4));
    assert_eq!(shown(&of_calls(&timed(steps.clone(), 900))), []);
    steps[4] = at(140, closed()).on(5);
    assert_eq!(shown(&of_calls(&timed(steps, 900))), [(TooManyInFlight, "?")]);
}

#[test]
fn nobody_knows_how_long_a_call_without_answer_was_in_flight() {
    let mut steps = three_calls(200);
    steps.remove(1);
    assert_eq!(shown(&of_calls(&timed(steps, 900))), []);
}

#[test]
fn too_many_until_fewer_than_the_limit_are_in_flight_is_one_time() {
    let call = |n: u64, ms: u64| [at(ms, asked(n, "7")), at(ms, slowly(n, "7", 200, 300))];
    // One more joins as one goes; then they are but one, and then three again.
    let steps = [(1, 0), (2, 100), (3, 200), (4, 350), (5, 2000), (6, 2100), (7, 2200)];
    let found = of_calls(&timed(steps.into_iter().flat_map(|(n, ms)| call(n, ms)), 5000));
    assert_eq!(shown(&found), [(TooManyInFlight, "?"), (TooManyInFlight, "?")]);
}

/// So many calls, each so many milliseconds after the other, answered at once.
fn calls(count: u64, every: u64) -> Vec<Timed> {
    let call = |n: u64| [at(n * every, asked(n, "7")), at(n * every, answered(n, "7", 200))];
    (1..=count).flat_map(call).collect()
}

#[test]
fn five_calls_within_a_second_exceed_four_in_a_second() {
    let found = of_calls(&timed(calls(7, 249), 5000));
    assert_eq!((found.judged, shown(&found)), (7, vec![(RateExceeded, "?")]));
    assert_eq!(evidence(&found), [1, 3, 5, 7, 9]);
    assert_eq!(
        found.violations[0].sentence,
        "5 calls of ship began from +0.249 s to +1.245 s, 4 are allowed in 1s"
    );
}

#[test]
fn five_calls_in_a_whole_second_keep_the_rate() {
    assert_eq!(shown(&of_calls(&timed(calls(9, 250), 5000))), []);
}

/// Order 7 is refused on connection 3 at 110 ms and told of a ban of 500 ms.
fn refused() -> Vec<Timed> {
    vec![at(100, asked(1, "7")).on(3), at(110, banned(500)), at(110, answered(1, "7", 429)).on(3)]
}

/// Another call, refused, too.
fn then(ms: u64, request: u64, conn: u64) -> Vec<Timed> {
    vec![
        at(ms, asked(request, "8")).on(conn),
        at(ms, banned(500)),
        at(ms, answered(request, "8", 429)).on(conn),
    ]
}

#[test]
fn who_was_told_of_a_ban_and_calls_again_calls_during_it() {
    let steps = [refused(), then(609, 2, 3), then(700, 3, 3)].concat();
    let found = of_calls(&timed(steps, 3000));
    assert_eq!(shown(&found), [(CallDuringBan, "8")]);
    assert_eq!(evidence(&found), [2, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "connection 3 of save->platform called ship for order 8 at +0.609 s, the first of 2, though it had been told at +0.110 s of a ban (429), which was to last until +0.610 s"
    );
}

#[test]
fn who_waits_as_told_does_not_call_during_the_ban_though_others_made_it_longer() {
    let steps = [refused(), then(400, 2, 4), then(610, 3, 3)].concat();
    assert_eq!(shown(&of_calls(&timed(steps, 3000))), []);
}

#[test]
fn who_was_not_told_does_not_know_of_the_ban() {
    // Another connection, twice: it was told only by its own first call; and one that was in flight when the ban began.
    let mut steps = [refused(), then(120, 2, 4)].concat();
    steps.insert(1, at(105, asked(9, "6")).on(5));
    assert_eq!(shown(&of_calls(&timed(steps.clone(), 3000))), []);
    steps.extend(then(300, 3, 4));
    assert_eq!(shown(&of_calls(&timed(steps, 3000))), [(CallDuringBan, "8")]);
}

#[test]
fn a_refusal_without_a_ban_is_no_ban() {
    let mut steps = [refused(), then(300, 2, 3)].concat();
    steps.retain(|timed| !matches!(timed.step.what, pitfall_model::What::Ban { .. }));
    assert_eq!(shown(&of_calls(&timed(steps, 3000))), []);
}

#[test]
fn without_connections_nobody_knows_who_was_told() {
    let anybody = |timed: Timed| at(timed.at, timed.step);
    let steps = [refused(), then(300, 2, 3)].concat().into_iter().map(anybody);
    let history = timed(steps, 3000);
    assert_eq!(
        of_calls(&history).unknown,
        [
            "save->platform called ship for order 8 at +0.300 s, during a ban of which it had been told at +0.110 s; but its calls tell no connection: whether who called had been told is not known"
        ]
    );
}

/// Two messages in two partitions; the last is published at 200 ms.
fn backlog() -> Vec<Timed> {
    vec![
        at(100, produced("7", "placed", 4)),
        at(200, produced("8", "placed", 9).on(1)),
        at(300, committed(5)),
    ]
}

#[test]
fn what_is_not_committed_in_time_is_not_drained() {
    let late = at(1201, committed(10).on(1));
    let found =
        find(Backpressure, &timed(backlog().into_iter().chain([at(250, committed(9).on(1)), late]), 3000));
    assert_eq!(shown(&found), [(LagNotDrained, "?")]);
    assert_eq!(evidence(&found), [2, 4, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "group kitchen had committed 9 of order/1 offset 9, its partition's last message, at +1.200 s, 1s after the topic's last was published, and was past it at +1.201 s"
    );
}

#[test]
fn what_is_committed_in_time_is_drained() {
    let steps = backlog().into_iter().chain([at(1200, committed(10).on(1))]);
    assert_eq!(shown(&find(Backpressure, &timed(steps, 3000))), []);
}

#[test]
fn the_topic_drains_as_a_whole() {
    // Offset 4 of partition 0 has until a second after the last message of all.
    let steps = [at(100, produced("7", "placed", 4)), at(900, produced("8", "placed", 9).on(1))];
    let done = [at(1000, committed(10).on(1)), at(1800, committed(5))];
    assert_eq!(shown(&find(Backpressure, &timed(steps.into_iter().chain(done), 3000))), []);
}

#[test]
fn a_run_that_ended_before_the_time_leaves_it_open() {
    let found = find(Backpressure, &timed(backlog(), 1100));
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 1));
    assert!(
        found.unknown[0].contains("the run ended at +1.100 s, before the time to drain was over at +1.200 s")
    );
    assert_eq!(shown(&find(Backpressure, &timed(backlog(), 1200))), [(LagNotDrained, "?")]);
}

#[test]
fn nothing_to_drain_and_no_calls_hold_nothing() {
    let found = find(Backpressure, &timed([], 3000));
    assert_eq!(
        (found.judged, &found.unknown[..]),
        (0, &["no message stands in topic order: nothing has to drain".to_owned()][..])
    );
}

#[test]
fn without_calls_the_backlog_is_what_is_judged() {
    let steps = backlog().into_iter().chain(calls(7, 100));
    let verdict = judge_on(Backpressure, &timed(steps, 3000), |judging| {
        let bounds = judging.guarantees.backpressure.as_mut().expect("is judged");
        (bounds.route, bounds.in_flight, bounds.rate) = (None, None, None);
    });
    let found = &verdict.judgements.iter().find(|j| j.guarantee == Backpressure).expect("is judged").finding;
    assert_eq!((found.judged, &*found.unit, shown(found)), (2, "messages", vec![(LagNotDrained, "?")]));
}

#[test]
fn a_stall_of_the_harness_leaves_times_open() {
    let stalled = at(50, what(pitfall_model::What::Stalled { for_ms: 600 }));
    let run = judge_on(Backpressure, &timed(calls(7, 100).into_iter().chain([stalled]), 5000), |_| {});
    let judgement = run.judgements.iter().find(|j| j.guarantee == Backpressure).expect("is judged");
    assert!(matches!(judgement.verdict, Verdict::Inconclusive { .. }), "{:?}", judgement.verdict);
}
