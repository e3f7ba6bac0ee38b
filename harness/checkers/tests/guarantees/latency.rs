//! Latency, on literal histories.

use pitfall_model::{Anomaly::LatencyGrows, Finding, Guarantee::Latency, History, Size, What};

use crate::{literal::*, literal_times::*};

/// A message of so many bytes that takes so long.
fn message(n: u64, published: u64, bytes: u64, takes: u64) -> [Timed; 2] {
    let id = n.to_string();
    let mut published_step = produced(&id, "placed", n as i64);
    if let What::Produced { bytes: of, .. } = &mut published_step.what {
        *of = bytes;
    }
    [at(published, published_step), at(published + takes, inserted(&id, "placed"))]
}

/// Eight messages, a second apart: each of so many bytes, taking so many milliseconds.
fn eight(of: [(u64, u64); 8]) -> History {
    let messages = (1..).zip(of).flat_map(|(n, (bytes, takes))| message(n, n * 1000, bytes, takes));
    timed(messages, 20_000)
}

fn by_rows(history: &History) -> Finding {
    let verdict = judge_on(Latency, history, |judging| {
        judging.guarantees.latency.as_mut().expect("is judged").as_grows = Size::Rows;
    });
    verdict.judgements.into_iter().find(|j| j.guarantee == Latency).expect("is judged").finding
}

#[test]
fn large_messages_that_take_four_times_as_long_are_beyond_three() {
    let history = eight([(64, 20), (64, 22), (64, 20), (64, 20), (900, 20), (900, 20), (999, 88), (999, 89)]);
    let found = find(Latency, &history);
    assert_eq!((found.judged, shown(&found)), (8, vec![(LatencyGrows, "?")]));
    assert_eq!(evidence(&found), [3, 4, 13, 14]);
    assert_eq!(
        found.violations[0].sentence,
        "handling took 4.0 times as long where the message was larger, 3 is allowed: order 2: placed (order/0 offset 2) with 64 bytes took 0.022 s until +2.022 s, but order 7: placed (order/0 offset 7) with 999 bytes took 0.088 s until +7.088 s (the medians of the 2 smallest and the 2 largest)"
    );
}

#[test]
fn three_times_as_long_is_allowed() {
    let history = eight([(64, 20), (64, 20), (64, 20), (64, 20), (900, 20), (900, 20), (999, 60), (999, 60)]);
    assert_eq!(shown(&find(Latency, &history)), []);
}

#[test]
fn what_taps_cannot_tell_apart_is_equal() {
    let history = eight([(64, 1), (64, 1), (64, 1), (64, 1), (900, 1), (900, 1), (999, 14), (999, 14)]);
    assert_eq!(shown(&find(Latency, &history)), []);
}

#[test]
fn waiting_in_the_queue_is_not_handling() {
    // All published at once, each handled in 50 ms, the large ones last.
    let published = (1..=8).map(|n| message(n, 1000, n * 100, 0)[0].clone());
    let shown_at = (1..=8).map(|n| at(1000 + n * 50, inserted(&n.to_string(), "placed")));
    let found = find(Latency, &timed(published.chain(shown_at), 9000));
    assert_eq!((found.judged, shown(&found)), (8, vec![]));
}

#[test]
fn a_growing_table_makes_it_slower() {
    let history = eight([(64, 20), (64, 20), (64, 20), (64, 20), (64, 20), (64, 20), (64, 99), (64, 99)]);
    let found = by_rows(&history);
    assert_eq!(shown(&found), [(LatencyGrows, "?")]);
    assert!(
        found.violations[0].sentence.contains("with 7 rows in shown took 0.099 s"),
        "{}",
        found.violations[0].sentence
    );
    // By size, nothing grew.
    let found = find(Latency, &history);
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 1));
}

/// So many rows that no binlog told.
fn filled(database: &str, rows: u64) -> Step {
    let (database, table) = (database.to_owned(), "orders".to_owned());
    what(What::Filled { database, table, rows, took_ms: 1 })
}

#[test]
fn rows_that_a_step_filled_in_are_in_the_table() {
    let slow = |of: u64| (1..=8).flat_map(move |n| message(n, n * 1000, 64, if n > of { 99 } else { 20 }));
    let (before, after) = (at(500, filled("kitchen", 10_000)), at(4500, filled("kitchen", 990_000)));
    let steps = |of| {
        let mut steps: Vec<Timed> = slow(of).chain([before.clone(), after.clone()]).collect();
        steps.sort_by_key(|timed| timed.at);
        timed(steps, 20_000)
    };
    let found = by_rows(&steps(4));
    assert_eq!(shown(&found), [(LatencyGrows, "?")]);
    let sentence = &found.violations[0].sentence;
    assert!(sentence.contains("with 10002 rows in shown took 0.020 s"), "{sentence}");
    assert!(sentence.contains("with 1000007 rows in shown took 0.099 s"), "{sentence}");
}

#[test]
fn rows_filled_in_elsewhere_are_not() {
    let steps = [at(500, filled("warehouse", 10_000))].into_iter();
    let messages = (1..=8).flat_map(|n| message(n, n * 1000, 64, if n > 6 { 99 } else { 20 }));
    let found = by_rows(&timed(steps.chain(messages), 20_000));
    assert!(found.violations[0].sentence.contains("with 7 rows in shown took 0.099 s"));
}

#[test]
fn a_message_without_effect_leaves_it_open() {
    let mut history =
        eight([(64, 20), (64, 20), (64, 20), (64, 20), (900, 20), (900, 20), (999, 20), (999, 20)]);
    history.events.retain(|event| event.seq != 16);
    let found = find(Latency, &history);
    assert_eq!((found.judged, shown(&found)), (7, vec![]));
    assert_eq!(
        found.unknown,
        [
            "order 8: placed (order/0 offset 8) had no effect until the run ended (1 in all): how long it takes is not known"
        ]
    );
}
