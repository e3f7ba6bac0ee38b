//! An incident's page and the table of all, on literal summaries.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

use std::collections::BTreeMap;

use indexmap::IndexMap;
use pitfall_model::{
    Account, Anomaly, Event, FaultProof, Finding, Guarantee, Judgement, Outcome, RunVerdict, Verdict,
    Violation,
};
use pitfall_report::{RunSummary, SweptPoint, incident_index, incidents};

/// A run that shows these anomalies, once for each order from 1 on, or holds.
fn run(name: &str, shows: &[(Anomaly, u32)]) -> RunSummary {
    let violations =
        shows.iter().flat_map(|(anomaly, count)| (1..=*count).map(|order| shown(*anomaly, order)));
    let violations: Vec<Violation> = violations.collect();
    let verdict = if violations.is_empty() { Verdict::Holds } else { Verdict::Violated };
    let finding = Finding { judged: 20, unit: "orders".into(), violations, unknown: vec![] };
    let no_loss = Judgement { guarantee: Guarantee::NoLoss, promised: true, verdict, at_least: 20, finding };
    RunSummary {
        verdict: RunVerdict {
            name: name.into(),
            outcome: Outcome::AsDeclared,
            expected: shows.iter().map(|(anomaly, _)| *anomaly).collect(),
            shown: shows.iter().map(|(anomaly, count)| (*anomaly, *count as usize)).collect(),
            judgements: vec![no_loss],
            faults: vec![FaultProof { fault: "cut".into(), by: Some("20 × log at 3.1 s".into()) }],
            not_seen: vec![],
        },
        points: vec![],
        account: Account {
            story: "The network was unstable:\nin v1.5 *placed* failed. Orders never showed.".into(),
            cause: Some("No retry.".into()),
            says: None,
            switches: BTreeMap::from([("ON_FAILURE".into(), "drop".into())]),
            source: "工作總結".into(),
            date: Some("2022-11-17".into()),
        },
        instances: IndexMap::from([("shop".into(), 1), ("consumer".into(), 4)]),
        scale: BTreeMap::from([("time".to_owned(), 100.0), ("volume".to_owned(), 1.0)]),
        seed: 42,
        began: 1_668_668_000,
        versions: BTreeMap::from([("Apache Kafka".to_owned(), "4.3.1".to_owned())]),
        run_dir: "/home/somebody/runs/r1".into(),
        reproduce: format!("cargo test -- --exact {name}"),
        reproduce_scenario: format!("cargo test -- {}::", name.rsplit_once("::").expect("has a variant").0),
        took_ms: 18_234,
        ready_ms: 9_870,
    }
}

fn shown(anomaly: Anomaly, order: u32) -> Violation {
    let event = |seq: u32, at: u64| -> Event {
        let line = format!(
            r#"{{"seq":{seq},"at":{at},"order":"{order}","event":"produced","topic":"order","partition":2,"offset":{seq},"status":"placed","bytes":9}}"#
        );
        serde_json::from_str(&line).expect("is an event")
    };
    // The first has more events than are written out.
    let events = if order == 1 { 15 } else { 2 };
    let evidence = (1..=events).map(|seq| event(seq, 1_000_000_000 + u64::from(seq) * 250_000_000)).collect();
    Violation {
        anomaly,
        order: Some(order.to_string()),
        sentence: format!("order {order} is lost"),
        evidence,
    }
}

fn says(mut run: RunSummary, says: &str) -> RunSummary {
    run.account.says = Some(says.to_owned());
    run
}

/// A sweep that breaks where `shows` says something.
fn sweep(name: &str, points: &[(&str, &[Anomaly])]) -> RunSummary {
    let point = |(point, shows): &(&str, &[Anomaly])| SweptPoint {
        point: (*point).to_owned(),
        breaks: !shows.is_empty(),
        shown: shows.to_vec(),
        sentence: shows.first().map(|_| "ticket 7 | is there twice".to_owned()),
        outcome: Outcome::AsDeclared,
        run_dir: "/home/somebody/runs/r1/point-001".to_owned(),
    };
    let mut run = run(name, &[]);
    run.points = points.iter().map(point).collect();
    run.account.switches.clear();
    run.verdict.faults.clear();
    run
}

fn b1() -> Vec<RunSummary> {
    let of = |variant: &str| format!("kitchen::B1-lost-placed::{variant}");
    let mut killed = sweep(
        "kitchen::B1-lost-placed-killed::residual",
        &[
            ("before COMMIT #1", &[]),
            ("after COMMIT #1", &[Anomaly::DuplicateRow]),
            ("before OffsetCommit order/0 #1", &[Anomaly::DuplicateRow]),
        ],
    );
    killed.verdict.expected = vec![Anomaly::DuplicateRow];
    killed.account.story = "The same, with a consumer that dies.".into();
    killed.scale.insert("time".to_owned(), 1.0);
    vec![
        says(run(&of("hardened"), &[]), "As it should be."),
        killed,
        says(run(&of("after"), &[]), "A retry table:\n`ON_FAILURE` | decides."),
        says(run(&of("before"), &[(Anomaly::LostMessage, 3), (Anomaly::SkippedStatus, 1)]), "As it was."),
        sweep("kitchen::B1-lost-placed-killed::hardened-all", &[("before COMMIT #1", &[])]),
    ]
}

#[test]
fn a_page_tells_the_incident_and_each_variant_in_order() {
    let runs = b1();
    let all = incidents(&runs);
    assert_eq!(all.len(), 1, "one id, one page");
    assert_eq!(all[0].file(), "B1-lost-placed.md");
    insta::assert_snapshot!(all[0].page());
}

#[test]
fn a_page_names_no_place_on_the_machine_that_it_was_made_on() {
    let runs = b1();
    assert!(!incidents(&runs)[0].page().contains("somebody"));
}

#[test]
fn the_order_of_the_runs_changes_nothing() {
    let (runs, mut reversed) = (b1(), b1());
    reversed.reverse();
    assert_eq!(incidents(&runs)[0].page(), incidents(&reversed)[0].page());
}

#[test]
fn of_several_runs_of_a_variant_the_last_counts() {
    let mut later = run("kitchen::B1-lost-placed::before", &[]);
    later.began += 1;
    later.account.says = Some("The later one.".into());
    let mut runs = b1();
    runs.push(later.clone());
    let page = incidents(&runs)[0].page();
    assert!(page.contains("The later one.") && !page.contains("As it was."), "{page}");
    runs.insert(0, runs[5].clone());
    runs.pop();
    assert_eq!(incidents(&runs)[0].page(), page, "wherever it stands");
}

#[test]
fn the_main_scenario_is_the_one_that_others_are_named_after() {
    let runs = [
        run("kitchen::A5-aaa::before", &[]),
        run("kitchen::A5-trigger-killed::before", &[]),
        run("kitchen::A5-trigger::before", &[]),
    ];
    assert_eq!(incidents(&runs)[0].file(), "A5-trigger.md");
}

#[test]
fn the_table_has_a_row_for_each_incident_in_the_order_of_their_ids() {
    let mut runs = b1();
    runs.push(run("shop::A10-late::before", &[(Anomaly::LostMessage, 1)]));
    runs.push(run("shop::A2-early::before", &[(Anomaly::LostMessage, 1)]));
    insta::assert_snapshot!(incident_index(&incidents(&runs), None, |_| true));
}

#[test]
fn rows_of_pages_that_are_not_made_anew_stay_while_the_pages_do() {
    let (early, late) = ([run("shop::A2-early::before", &[])], [run("shop::A10-late::before", &[])]);
    let earlier = incident_index(&incidents(&early), None, |_| false);
    let kept = incident_index(&incidents(&late), Some(&earlier), |file| file == "A2-early.md");
    let both = incident_index(&incidents(&[early, late.clone()].concat()), None, |_| false);
    assert_eq!(kept, both);
    let gone = incident_index(&incidents(&late), Some(&earlier), |_| false);
    assert_eq!(gone, incident_index(&incidents(&late), None, |_| false));
}
