//! Isolation, on literal histories.

use pitfall_model::{Anomaly::HeadOfLineBlocking, Finding, Guarantee::Isolation, History, What};

use crate::{literal::*, literal_times::*};

/// Order 7 fails at 100 ms and succeeds at 3,000 ms.
fn trouble() -> Vec<Timed> {
    vec![
        at(90, asked(1, "7")),
        at(100, answered(1, "7", 500)),
        at(3000, asked(2, "7")),
        at(3000, answered(2, "7", 200)),
    ]
}

/// A message of another order, and its effect.
fn other(order: &str, offset: i64, published: u64, shown: u64) -> Vec<Timed> {
    vec![at(published, produced(order, "placed", offset)), at(shown, inserted(order, "placed"))]
}

fn run(steps: impl IntoIterator<Item = Vec<Timed>>) -> pitfall_model::History {
    let mut all: Vec<Timed> = steps.into_iter().flatten().collect();
    all.sort_by_key(|timed| timed.at);
    timed(all, 9000)
}

#[test]
fn others_that_wait_while_one_is_tried_again_are_blocked() {
    let found = find(Isolation, &run([trouble(), other("8", 2, 200, 3100), other("9", 3, 300, 1300)]));
    // One in two keeps the bound: that is half of them.
    assert_eq!((found.judged, shown(&found)), (2, vec![]));
    let blocked = [trouble(), other("8", 2, 200, 3100), other("9", 3, 300, 1301)];
    let found = find(Isolation, &run(blocked));
    assert_eq!((found.judged, shown(&found)), (2, vec![(HeadOfLineBlocking, "7")]));
    assert_eq!(evidence(&found), [1, 2, 4, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 7: while its call, which had failed (500) at +0.100 s, was tried again, 2 of 2 messages of other orders waited longer than 1s: order 9: placed (order/0 offset 3), published at +0.300 s, had its effect at +1.301 s; 50 % are to be in time"
    );
}

#[test]
fn who_is_in_trouble_is_not_judged_nor_who_comes_before_or_after() {
    let own = other("7", 1, 150, 5000);
    let found = find(Isolation, &run([trouble(), own, other("8", 2, 80, 5000), other("9", 3, 3001, 5000)]));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
}

#[test]
fn an_order_with_a_call_that_nobody_saw_end_is_no_other() {
    let unseen = vec![at(400, asked(3, "8"))];
    let found = find(Isolation, &run([trouble(), unseen, other("8", 2, 200, 5000)]));
    assert_eq!((found.judged, shown(&found)), (0, vec![]));
}

#[test]
fn a_message_without_effect_waits_until_the_run_ends() {
    let never = vec![at(200, produced("8", "placed", 2))];
    let found = find(Isolation, &run([trouble(), never.clone()]));
    assert_eq!(shown(&found), [(HeadOfLineBlocking, "7")]);
    assert_eq!(evidence(&found), [1, 2, 3]);
    let ended_early: Vec<Timed> = trouble().into_iter().take(2).chain(never).collect();
    let mut failing = ended_early.clone();
    failing.push(at(1100, asked(2, "7")));
    failing.push(at(1100, answered(2, "7", 500)));
    let found = find(Isolation, &timed(failing, 1200));
    assert_eq!((shown(&found), found.unknown.len()), (vec![], 1));
    assert!(found.unknown[0].contains("1 more still waited when the run ended"), "{}", found.unknown[0]);
}

#[test]
fn copies_of_a_status_wait_for_nothing() {
    let copy = vec![at(2900, produced("8", "placed", 9))];
    let found = find(Isolation, &run([trouble(), other("8", 2, 200, 300), copy]));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn nobody_in_trouble_blocks_nobody() {
    let found = find(Isolation, &run([other("8", 2, 200, 5000)]));
    assert_eq!(
        (found.judged, &found.unknown[..]),
        (0, &["no call of ship failed: nobody was in trouble".to_owned()][..])
    );
}

/// Of an order that comes in bulk: its message, and what shows of it.
fn bulk(order: &str, offset: i64, published: u64, shown: u64) -> Vec<Timed> {
    vec![at(published, produced(order, "backfill", offset)), at(shown, inserted(order, "completed"))]
}

fn of_bulk(history: &History) -> Finding {
    let verdict = judge_on(Isolation, history, |judging| {
        if let Some(isolation) = &mut judging.guarantees.isolation {
            (isolation.route, isolation.bulk) = (None, Some("backfill".into()));
        }
    });
    verdict.judgements.into_iter().find(|it| it.guarantee == Isolation).expect("it is judged").finding
}

#[test]
fn others_that_wait_behind_a_bulk_are_blocked() {
    let flood = || [bulk("100", 1, 100, 900), bulk("101", 2, 110, 3000)].concat();
    let blocked = [flood(), other("8", 3, 200, 3100), other("9", 4, 300, 1301)];
    let found = of_bulk(&run(blocked));
    assert_eq!((found.judged, shown(&found)), (2, vec![(HeadOfLineBlocking, "100")]));
    assert_eq!(evidence(&found), [1, 4, 5, 6]);
    assert_eq!(
        found.violations[0].sentence,
        "order 100: while backfill (order/0 offset 1), published at +0.100 s, was under way with others of its status, 2 of 2 messages of other orders waited longer than 1s: order 9: placed (order/0 offset 4), published at +0.300 s, had its effect at +1.301 s; 50 % are to be in time"
    );
    let found = of_bulk(&run([flood(), other("8", 3, 200, 3100), other("9", 4, 300, 1300)]));
    assert_eq!((found.judged, shown(&found)), (2, vec![]));
}

#[test]
fn a_bulk_is_in_trouble_from_its_publishing_until_all_of_it_shows() {
    let all = [bulk("100", 1, 100, 900), other("8", 2, 99, 5000), other("9", 3, 901, 5000)];
    assert_eq!(of_bulk(&run(all)).judged, 0);
    let all = [bulk("100", 1, 100, 900), other("8", 2, 100, 200), other("9", 3, 900, 1000)];
    assert_eq!(of_bulk(&run(all)).judged, 2);
    // Between two that are published one after the other the bulk is under way all the same.
    let pieces = [bulk("100", 1, 100, 300), bulk("101", 3, 700, 900), other("8", 2, 500, 600)];
    assert_eq!(of_bulk(&run(pieces)).judged, 1);
    // One that never shows is until the end.
    let never = vec![at(100, produced("100", "backfill", 1))];
    assert_eq!(of_bulk(&run([never, other("8", 2, 8000, 8100)])).judged, 1);
}

#[test]
fn in_a_bulk_copies_wait_for_nothing_and_whatever_shows_first_counts() {
    // Order 8 is published as another kind once more, and shows a status that no message names.
    let copy = vec![at(300, produced("8", "again", 5)), at(4000, updated("8", "shipped"))];
    let again = vec![at(350, produced("100", "backfill", 6))];
    let found = of_bulk(&run([bulk("100", 1, 100, 400), other("8", 2, 200, 300), copy, again]));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn a_bulk_of_another_topic_is_one() {
    let mut elsewhere = produced("100", "backfill", 1);
    if let What::Produced { topic, .. } = &mut elsewhere.what {
        *topic = "order-backfill".into();
    }
    let flood = vec![at(100, elsewhere), at(900, inserted("100", "completed"))];
    assert_eq!(of_bulk(&run([flood, other("8", 2, 200, 300)])).judged, 1);
}

#[test]
fn without_a_bulk_nobody_is_in_trouble() {
    let found = of_bulk(&run([trouble(), other("8", 2, 200, 5000)]));
    assert_eq!(
        (found.judged, &found.unknown[..]),
        (0, &["no message says backfill: nobody was in trouble".to_owned()][..])
    );
}
