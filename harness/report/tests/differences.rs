//! In what two verdicts differ, and the file form of one.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

use pitfall_model::{
    Anomaly, FaultProof, Finding, Guarantee, Judgement, Outcome, RunVerdict, Verdict, Violation,
};
use pitfall_report::{difference, verdict_json};

fn judgement(guarantee: Guarantee, verdict: Verdict) -> Judgement {
    let finding = Finding { judged: 20, unit: "orders".into(), violations: vec![], unknown: vec![] };
    Judgement { guarantee, promised: true, verdict, at_least: 8, finding }
}

fn holding() -> RunVerdict {
    RunVerdict {
        name: "kitchen-display::B1-lost-placed::after".into(),
        outcome: Outcome::AsDeclared,
        expected: vec![],
        shown: vec![],
        judgements: [Guarantee::NoLoss, Guarantee::Order].map(|g| judgement(g, Verdict::Holds)).into(),
        faults: vec![FaultProof { fault: "cut".into(), by: None }],
        not_seen: vec![],
    }
}

fn differs(change: impl FnOnce(&mut RunVerdict)) -> Option<String> {
    let mut now = holding();
    change(&mut now);
    difference(&holding(), &now)
}

#[test]
fn equal_verdicts_do_not_differ() {
    assert_eq!(differs(|_| ()), None);
}

#[test]
fn the_first_guarantee_that_differs_is_named_with_both_verdicts() {
    let both = differs(|now| {
        let [no_loss, order] = &mut now.judgements[..] else { panic!("two") };
        (no_loss.finding.judged, order.finding.judged) = (19, 18);
        no_loss.verdict = Verdict::Inconclusive { reason: "fault cut: never armed".into() };
    });
    let said = "no-loss was holds (0 violations, judged 20 orders, needs 8), and is inconclusive: fault cut: never armed (0 violations, judged 19 orders, needs 8)";
    assert_eq!(both.as_deref(), Some(said));
    let gone = differs(|now| now.judgements.truncate(1)).expect("differs");
    assert_eq!(gone, "order was holds (0 violations, judged 20 orders, needs 8), and is not judged");
}

#[test]
fn other_evidence_for_the_same_is_told() {
    let violated = |sentence: &str| {
        let sentence = sentence.to_owned();
        let mut verdict = holding();
        let lost = Violation { anomaly: Anomaly::LostMessage, order: None, sentence, evidence: vec![] };
        (verdict.judgements[0].verdict, verdict.judgements[0].finding.violations) =
            (Verdict::Violated, vec![lost]);
        verdict
    };
    let said = "no-loss is violated (1 violations, judged 20 orders, needs 8) as it was, but rests on other evidence";
    assert_eq!(difference(&violated("order 1"), &violated("order 2")).as_deref(), Some(said));
}

#[test]
fn where_each_guarantee_is_as_it_was_the_rest_is_compared() {
    let outcome = differs(|now| now.outcome = Outcome::Failed { reasons: vec!["x".into()] });
    assert_eq!(outcome.as_deref(), Some("the outcome was as declared, and is failed"));
    let fault = differs(|now| now.faults.clear()).expect("differs");
    assert_eq!(fault, "each guarantee is as recorded; what differs: the faults' proofs");
}

#[test]
fn the_file_form_is_read_back_as_it_was() {
    let text = verdict_json(&holding()).expect("is JSON");
    assert!(text.ends_with("}\n") && text.contains("\n  \"outcome\": {\n"), "{text}");
    assert_eq!(serde_json::from_str::<RunVerdict>(&text).expect("is a verdict"), holding());
}
