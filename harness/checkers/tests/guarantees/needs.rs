//! Which taps each guarantee needs, and what is said where one was not read.

use pitfall_checkers::{judge, needs};
use pitfall_model::{Effect, Guarantee, History, Judging, Outcome, Tap, TopicEffect, Verdict, What};

use crate::literal::*;

/// An order that was lost, in a run that was read from these taps.
fn lost(read: &[Tap]) -> History {
    let mut history = history([produced("17", "placed", 12), committed(13)]);
    if let What::Run { taps, .. } = &mut history.events[0].what {
        *taps = read.to_vec();
    }
    history
}

fn without(missing: &[Tap]) -> Vec<Tap> {
    Tap::ALL.iter().copied().filter(|tap| !missing.contains(tap)).collect()
}

fn verdict(guarantee: Guarantee, history: &History) -> Verdict {
    judge_on(guarantee, history, |_| ())
        .judgements
        .into_iter()
        .find(|j| j.guarantee == guarantee)
        .expect("is judged")
        .verdict
}

#[test]
fn each_guarantee_needs_what_its_bounds_name() {
    use Tap::{HttpLinks, KafkaLinks, Offsets, Platform, Processes, SourceBinlog, SqlErrors, Stalls, Topics};
    let judging = judging();
    let needed = |guarantee| needs(guarantee, &judging);
    for of_orders in [Guarantee::NoLoss, Guarantee::Order, Guarantee::Convergence] {
        assert_eq!(needed(of_orders), [Topics, Offsets, SourceBinlog], "{of_orders}");
    }
    assert_eq!(needed(Guarantee::Completeness), [Topics, SourceBinlog]);
    assert_eq!(needed(Guarantee::Idempotency), [Topics, Offsets, SourceBinlog, SqlErrors]);
    // Its effect is a topic.
    assert_eq!(needed(Guarantee::Progress), [Topics, Offsets, Platform, Processes]);
    assert_eq!(needed(Guarantee::MutualExclusion), [Platform, KafkaLinks]);
    assert_eq!(needed(Guarantee::RetryContract), [Topics, Offsets, SourceBinlog, Platform]);
    assert_eq!(needed(Guarantee::DeadLetter), [Topics, Offsets, SourceBinlog, Platform]);
    assert_eq!(needed(Guarantee::Isolation), [Topics, SourceBinlog, Platform, Stalls]);
    assert_eq!(needed(Guarantee::Backpressure), [Topics, Offsets, Platform, Stalls, HttpLinks]);
    assert_eq!(needed(Guarantee::Liveness), [Processes, Stalls, KafkaLinks]);
    assert_eq!(needed(Guarantee::Balance), [Topics]);
    assert_eq!(needed(Guarantee::Economy), [Topics, Offsets, Processes, Stalls]);
    assert_eq!(needed(Guarantee::EnvironmentIsolation), [Topics, Offsets, SourceBinlog]);
    for of_effects in [Guarantee::Compatibility, Guarantee::Accounting] {
        assert_eq!(needed(of_effects), [Topics, SourceBinlog], "{of_effects}");
    }
    for of_times in [Guarantee::Latency, Guarantee::Availability] {
        assert_eq!(needed(of_times), [Topics, SourceBinlog, Stalls], "{of_times}");
    }
}

#[test]
fn a_backlog_needs_no_platform() {
    let mut judging = judging();
    let pressure = judging.guarantees.backpressure.as_mut().expect("is judged");
    (pressure.route, pressure.in_flight, pressure.rate) = (None, None, None);
    assert_eq!(needs(Guarantee::Backpressure, &judging), [Tap::Topics, Tap::Offsets, Tap::Stalls]);
}

#[test]
fn a_bulk_needs_no_platform() {
    let mut judging = judging();
    if let Some(isolation) = &mut judging.guarantees.isolation {
        (isolation.route, isolation.bulk) = (None, Some("backfill".into()));
    }
    assert_eq!(
        pitfall_checkers::needs(Guarantee::Isolation, &judging),
        [Tap::Topics, Tap::SourceBinlog, Tap::Stalls]
    );
}

#[test]
fn what_an_effect_needs_is_where_it_shows() {
    let mut judging = judging();
    judging.guarantees.no_loss.iter_mut().for_each(|bounds| bounds.dead = None);
    judging.effects.insert("shown".into(), Effect::Topic(TopicEffect { topic: "shown".into() }));
    assert_eq!(needs(Guarantee::NoLoss, &judging), [Tap::Topics, Tap::Offsets]);
    judging.effects.clear();
    assert_eq!(needs(Guarantee::NoLoss, &judging), [Tap::Topics, Tap::Offsets]);
    judging.guarantees.no_loss = None;
    assert_eq!(needs(Guarantee::NoLoss, &judging), []);
}

#[test]
fn without_a_tap_that_it_needs_a_guarantee_is_inconclusive_by_the_taps_name() {
    let reason = |text: &str| Verdict::Inconclusive { reason: text.into() };
    assert_eq!(
        verdict(Guarantee::NoLoss, &lost(&without(&[Tap::SourceBinlog]))),
        reason("needs the source's binlog (tap source-binlog), which was not read in this run")
    );
    assert_eq!(
        verdict(Guarantee::NoLoss, &lost(&without(&[Tap::SourceBinlog, Tap::Offsets]))),
        reason(
            "needs the committed offsets (tap offsets) and the source's binlog (tap source-binlog), which were not read in this run"
        )
    );
    assert_eq!(verdict(Guarantee::NoLoss, &lost(Tap::ALL)), Verdict::Violated);
}

#[test]
fn a_tap_that_nothing_needs_is_not_missed() {
    let spared = without(&[Tap::ReplicaBinlog, Tap::Logs, Tap::MysqlLinks]);
    assert_eq!(judge(&lost(&spared), &judging()), judge(&lost(Tap::ALL), &judging()));
}

#[test]
fn what_was_not_read_shows_nothing_and_keeps_its_unit_and_minimum() {
    let expecting = |judging: &mut Judging| judging.expect = vec![pitfall_model::Anomaly::LostMessage];
    let run = judge_on(Guarantee::NoLoss, &lost(&[]), expecting);
    assert!(matches!(run.outcome, Outcome::Inconclusive { .. }), "{:?}", run.outcome);
    let judgement = &run.judgements[0];
    assert_eq!((judgement.finding.judged, judgement.finding.unit.as_str()), (0, "orders"));
    assert_eq!((judgement.at_least, run.shown.len()), (1, 0));
}

#[test]
fn a_history_that_does_not_say_was_read_from_all() {
    let line = r#"{"seq":0,"at":0,"event":"run","schema":1,"name":"k::B1-x::before","id":"r1","seed":1,"began":0,"versions":{}}"#;
    let old = History::read(line.as_bytes()).expect("is a history");
    assert!(matches!(&old.events[0].what, What::Run { taps, .. } if taps == Tap::ALL));
}
