//! Idempotency of effects that are calls, or messages of an output topic, on literal histories.

use pitfall_model::{Anomaly::DuplicateEffect, Finding, Guarantee::Idempotency, History};

use crate::{bounds::copies as bounds, literal::*, literal_calls::*};

/// What is found where the effect is this, and every acknowledged order is judged.
fn judged_by(effect: &str, history: &History) -> Finding {
    let verdict =
        judge_on(Idempotency, history, |judging| judging.guarantees.idempotency = Some(bounds(effect, 1)));
    verdict.judgements.into_iter().find(|j| j.guarantee == Idempotency).expect("is judged").finding
}

/// What is found where the effect are calls of the platform.
pub(crate) fn called_once(history: &History) -> Finding {
    judged_by("shipped", history)
}

fn called(order: &str, request: u64, status: u16) -> [Step; 2] {
    [asked(order, request), answered(order, request, status)]
}

#[test]
fn a_second_call_that_succeeds_is_a_second_effect() {
    let placed = [produced("6", "placed", 0)];
    let steps = placed.into_iter().chain(called("6", 1, 200)).chain(called("6", 2, 200));
    let found = called_once(&history(steps.chain([committed(1)])));
    assert_eq!((found.judged, shown(&found)), (1, vec![(DuplicateEffect, "6")]));
    assert_eq!(evidence(&found), [1, 3, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 6: placed (order/0 offset 0) had its effect in route ship at +0.300 s, and again at +0.500 s"
    );
}

#[test]
fn copies_of_a_message_have_one_effect() {
    let copies = [produced("6", "placed", 0), produced("6", "placed", 1)];
    let steps = copies.into_iter().chain(called("6", 1, 200)).chain(called("6", 2, 200));
    let found = called_once(&history(steps.chain([committed(2)])));
    assert_eq!(shown(&found), [(DuplicateEffect, "6")]);
    assert_eq!(evidence(&found), [1, 2, 4, 6]);
}

#[test]
fn each_message_may_have_its_effect_and_failed_or_unanswered_calls_are_none() {
    let two = [produced("6", "placed", 0), produced("6", "paid", 1), committed(2)];
    let calls = [(1, 500), (2, 200), (3, 200)].into_iter().flat_map(|(n, status)| called("6", n, status));
    let steps = two.into_iter().chain(calls).chain([asked("6", 4)]);
    let found = called_once(&history(steps));
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn messages_of_an_output_topic_are_counted_by_key() {
    let placed = || [produced("6", "placed", 0), handled("6", "a"), handled("6", "b")];
    let found = judged_by("published", &history(placed().into_iter().chain([committed(1)])));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));

    let found =
        judged_by("published", &history(placed().into_iter().chain([handled("6", "b"), committed(1)])));
    assert_eq!(shown(&found), [(DuplicateEffect, "6")]);
    assert_eq!(evidence(&found), [1, 3, 4]);
    assert_eq!(
        found.violations[0].sentence,
        "order 6: placed (order/0 offset 0) had its effect in topic order-process at +0.300 s, and again at +0.400 s"
    );
}
