//! Every format on one verdict.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use pitfall_model::{
    Account, Anomaly, Event, FaultProof, Finding, Guarantee, Judgement, Outcome, RunVerdict, Verdict,
    Violation,
};
use pitfall_report::{RunSummary, evidence, markdown, snapshot, terminal_line};

fn event(line: &str) -> Event {
    serde_json::from_str(line).expect("is an event")
}

fn lost(order: u32, at: u64) -> Violation {
    let produced = format!(
        r#"{{"seq":1,"at":{at},"order":"{order}","event":"produced","topic":"order","partition":2,"offset":{order},"status":"placed","bytes":9}}"#
    );
    let committed = format!(
        r#"{{"seq":2,"at":{},"event":"committed","group":"kitchen","topic":"order","partition":2,"offset":40}}"#,
        at + 250_000_000
    );
    let sentence = format!(
        "order {order}: placed (order/2 offset {order}) was acknowledged at +1.{order} s, yet nothing shows it"
    );
    let evidence = vec![event(&produced), event(&committed)];
    Violation { anomaly: Anomaly::LostMessage, order: Some(order.to_string()), sentence, evidence }
}

fn judgement(
    guarantee: Guarantee,
    promised: bool,
    verdict: Verdict,
    violations: Vec<Violation>,
) -> Judgement {
    let finding = Finding { judged: 20, unit: "orders".into(), violations, unknown: vec![] };
    Judgement { guarantee, promised, verdict, at_least: 20, finding }
}

/// `orders` is from where on orders are lost: another run of the same variant has other ids and times.
fn before(orders: std::ops::Range<u32>, at: u64) -> RunVerdict {
    let count = orders.len();
    let violations = orders.map(|order| lost(order, at)).collect();
    RunVerdict {
        name: "kitchen-display::B1-lost-placed::before".into(),
        outcome: Outcome::AsDeclared,
        expected: vec![Anomaly::LostMessage],
        shown: vec![(Anomaly::LostMessage, count)],
        judgements: vec![
            judgement(Guarantee::NoLoss, true, Verdict::Violated, violations),
            judgement(Guarantee::Order, true, Verdict::Holds, vec![]),
            judgement(
                Guarantee::Progress,
                false,
                Verdict::Inconclusive { reason: "judged 3 messages".into() },
                vec![],
            ),
        ],
        faults: vec![FaultProof { fault: "cut".into(), by: Some(format!("{count} connections refused")) }],
        not_seen: vec!["requests on the wire".into()],
    }
}

fn after(outcome: Outcome) -> RunVerdict {
    RunVerdict {
        name: "kitchen-display::B1-lost-placed::after".into(),
        outcome,
        expected: vec![],
        shown: vec![],
        judgements: vec![judgement(Guarantee::NoLoss, true, Verdict::Holds, vec![])],
        faults: vec![FaultProof { fault: "cut".into(), by: None }],
        not_seen: vec!["requests on the wire".into()],
    }
}

fn failed() -> Outcome {
    Outcome::Failed { reasons: vec!["no-loss is promised, but a|b".into(), "another".into()] }
}

fn summary(verdict: RunVerdict) -> RunSummary {
    RunSummary {
        verdict,
        points: vec![],
        account: Account {
            story: "The network was unstable:\nplaced | failed.".into(),
            cause: None,
            says: None,
            switches: BTreeMap::new(),
            source: "工作總結:kafka踩過的坑".into(),
            date: Some("2022-11-17".into()),
        },
        instances: IndexMap::new(),
        scale: BTreeMap::from([("time".to_owned(), 100.0), ("volume".to_owned(), 2.5)]),
        seed: 42,
        began: 1_668_668_000,
        versions: BTreeMap::from([("kafka".to_owned(), "4.1.1".to_owned())]),
        run_dir: "runs/r1".into(),
        reproduce: "pitfall run kitchen-display::B1 --variant before --seed 42".into(),
        reproduce_scenario: "pitfall run kitchen-display::B1 --seed 42".into(),
        took_ms: 18_234,
        ready_ms: 9_870,
    }
}

#[test]
fn the_terminal_line() {
    let took = Duration::from_millis(18_234);
    let lines = [
        terminal_line(&before(0..20, 0), took),
        terminal_line(&after(Outcome::AsDeclared), took),
        terminal_line(&after(failed()), took),
        terminal_line(&after(Outcome::Inconclusive { reasons: vec!["fault cut: never armed".into()] }), took),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    kitchen-display::B1-lost-placed::before shows lost-message ×20 — as declared (18.2 s)
    kitchen-display::B1-lost-placed::after holds no-loss — as declared (18.2 s)
    kitchen-display::B1-lost-placed::after holds no-loss — FAILED: no-loss is promised, but a|b, and 1 more (18.2 s)
    kitchen-display::B1-lost-placed::after holds no-loss — INCONCLUSIVE: fault cut: never armed (18.2 s)
    "#);
}

#[test]
fn the_evidence() {
    insta::assert_snapshot!(evidence(&before(10..14, 1_000_000_000)), @r#"
    kitchen-display::B1-lost-placed::before: as declared
    guarantees of before:
      no-loss: violated (judged 20 orders, needs 20)
      order: holds (judged 20 orders, needs 20)
      progress: inconclusive: judged 3 messages (judged 20 orders, needs 20, an observation)
    fault cut: proved by 4 connections refused
    lost-message ×4:
      order 10: placed (order/2 offset 10) was acknowledged at +1.10 s, yet nothing shows it
        +0.000 s produced placed of order 10 in order/2 offset 10
        +0.250 s committed order/2 offset 40 by group kitchen
      order 11: placed (order/2 offset 11) was acknowledged at +1.11 s, yet nothing shows it
        +0.000 s produced placed of order 11 in order/2 offset 11
        +0.250 s committed order/2 offset 40 by group kitchen
      order 12: placed (order/2 offset 12) was acknowledged at +1.12 s, yet nothing shows it
        +0.000 s produced placed of order 12 in order/2 offset 12
        +0.250 s committed order/2 offset 40 by group kitchen
      … and 1 more
    not seen:
      requests on the wire
    "#);
}

#[test]
fn the_snapshot() {
    insta::assert_snapshot!(snapshot(&before(10..30, 1_000_000_000), &[]), @r#"
    run: kitchen-display::B1-lost-placed::before
    outcome: as declared
    declared: lost-message
    shown: lost-message
    guarantees:
      no-loss: violated (judged at least 20 orders)
      order: holds (judged at least 20 orders)
      progress: an observation
    for example:
      lost-message: order <n>: placed (order/<n> offset <n>) was acknowledged at +<n> s, yet nothing shows it
    faults:
      cut: proved by <n> connections refused
    "#);
}

#[test]
fn the_snapshot_is_the_same_for_every_run_and_not_that_of_an_empty_one() {
    let one = snapshot(&before(10..30, 1_000_000_000), &[]);
    assert_eq!(one, snapshot(&before(117..125, 7), &[]));
    let mut empty = before(0..0, 0);
    empty.shown.clear();
    for judgement in &mut empty.judgements {
        (judgement.finding.judged, judgement.verdict) = (0, Verdict::Holds);
    }
    assert_ne!(one, snapshot(&empty, &[]));
    let mut vacuous = after(Outcome::AsDeclared);
    let full = snapshot(&vacuous, &[]);
    vacuous.judgements[0].finding.judged = 0;
    assert_ne!(full, snapshot(&vacuous, &[]));
}

#[test]
fn the_report() {
    let runs = [
        summary(before(10..14, 1_000_000_000)),
        summary(after(failed())),
        summary(after(Outcome::AsDeclared)),
    ];
    insta::assert_snapshot!(markdown(&runs));
}

#[test]
fn a_report_of_nothing_says_so() {
    assert!(markdown(&[]).contains("Runs: 0, of which 0 as declared"));
}

#[test]
fn a_summary_survives_its_file() {
    let summary = summary(before(10..14, 0));
    let text = serde_json::to_string(&summary).expect("is JSON");
    assert_eq!(serde_json::from_str::<RunSummary>(&text).expect("is a summary"), summary);
}
