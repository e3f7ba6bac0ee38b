//! Verdicts and outcome: what makes a run as declared, failed or inconclusive.

use pitfall_checkers::{judge, registry};
use pitfall_model::{Anomaly, Guarantee, Guarantees, History, Judging, Outcome, RunVerdict, Verdict, What};

use crate::{bounds, literal::*};

fn lost() -> Vec<Step> {
    vec![produced("17", "placed", 12), committed(13)]
}

/// At least so many orders have to be judged on no-loss.
fn needs(judging: &mut Judging, orders: usize) {
    judging.guarantees.no_loss.as_mut().expect("is judged").at_least = orders;
}

fn kept() -> Vec<Step> {
    vec![produced("17", "placed", 12), inserted("17", "placed"), committed(13)]
}

fn verdict(verdict: &RunVerdict, guarantee: Guarantee) -> &Verdict {
    &verdict.judgements.iter().find(|j| j.guarantee == guarantee).expect("is judged").verdict
}

fn reasons(verdict: &RunVerdict) -> String {
    match &verdict.outcome {
        Outcome::AsDeclared => "as declared".into(),
        Outcome::Failed { reasons } => format!("failed: {}", reasons.join("; ")),
        Outcome::Inconclusive { reasons } => format!("inconclusive: {}", reasons.join("; ")),
    }
}

/// Judged on what orders bind, declaring these anomalies.
fn declaring(expect: &[Anomaly], history: &History, change: impl FnOnce(&mut Judging)) -> RunVerdict {
    let Guarantees { no_loss, order, convergence, .. } = bounds::all();
    let guarantees = Guarantees { no_loss, order, convergence, ..Guarantees::default() };
    let mut judging = Judging { expect: expect.to_vec(), promises: vec![], guarantees, ..judging() };
    change(&mut judging);
    judge(history, &judging)
}

#[test]
fn an_empty_run_holds_nothing() {
    let verdict = judge(&history([]), &judging());
    for judgement in &verdict.judgements {
        assert_eq!(judgement.finding.judged, 0, "{}", judgement.guarantee);
        assert!(matches!(judgement.verdict, Verdict::Inconclusive { .. }), "{}", judgement.guarantee);
    }
    assert_eq!(verdict.judgements.len(), registry::ALL.len());
    assert!(matches!(verdict.outcome, Outcome::Inconclusive { .. }));
}

#[test]
fn a_minimum_of_zero_is_still_not_nothing() {
    let verdict = judge_on(Guarantee::NoLoss, &history([]), |j| needs(j, 0));
    assert_eq!(reasons(&verdict), "inconclusive: no-loss is inconclusive: judged no orders");
}

#[test]
fn a_promise_kept_is_as_declared_whatever_the_observations_say() {
    let verdict = judge_on(Guarantee::NoLoss, &history(kept()), |_| ());
    assert_eq!(reasons(&verdict), "as declared");
    assert_eq!(verdict.name, "kitchen-display::B1-lost-placed::before");
}

#[test]
fn a_promise_broken_fails_with_count_and_example() {
    let verdict = judge_on(Guarantee::NoLoss, &history(lost()), |_| ());
    assert!(
        reasons(&verdict)
            .starts_with("failed: no-loss is promised, but shown is lost-message ×1: order 17: placed")
    );
    assert_eq!(verdict.shown, [(Anomaly::LostMessage, 1)]);
}

#[test]
fn too_few_judged_or_an_unknown_outcome_is_inconclusive() {
    let few = judge_on(Guarantee::NoLoss, &history(kept()), |j| needs(j, 20));
    assert_eq!(reasons(&few), "inconclusive: no-loss is inconclusive: judged 1 orders, needs 20");
    let unknown = judge_on(Guarantee::NoLoss, &history([produced("17", "placed", 12)]), |_| ());
    assert!(reasons(&unknown).contains("is neither acknowledged (group kitchen: no commit) nor shown"));
}

#[test]
fn what_is_declared_and_what_it_implies_is_as_declared() {
    let verdict = declaring(&[Anomaly::LostMessage], &history(lost()), |_| ());
    assert_eq!(reasons(&verdict), "as declared");
    let shown: Vec<_> = verdict.shown.iter().map(|(anomaly, _)| anomaly.name()).collect();
    assert_eq!(shown, ["lost-message", "skipped-status", "not-converged"]);
}

#[test]
fn what_is_declared_and_not_shown_fails() {
    assert_eq!(
        reasons(&declaring(&[Anomaly::LostMessage], &history(kept()), |_| ())),
        "failed: declared lost-message was not shown"
    );
    let elsewhere =
        declaring(&[Anomaly::LostMessage], &history(kept()), |j| j.promises = vec![Guarantee::Order]);
    assert!(
        reasons(&elsewhere)
            .contains("declared lost-message cannot be shown: the variant is not judged on no-loss")
    );
}

#[test]
fn what_is_shown_and_not_declared_fails_by_name() {
    let verdict = declaring(&[Anomaly::SkippedStatus], &history(lost()), |_| ());
    let reasons = reasons(&verdict);
    assert!(reasons.contains("shown but not declared is lost-message ×1: order 17"), "{reasons}");
    assert!(reasons.contains("shown but not declared is not-converged ×1"), "{reasons}");
}

#[test]
fn an_inconclusive_guarantee_makes_a_declaring_variant_inconclusive() {
    let verdict = declaring(&[Anomaly::LostMessage], &history(lost()), |j| {
        j.guarantees.completeness = Some(crate::bounds::parts());
    });
    assert_eq!(reasons(&verdict), "inconclusive: completeness is inconclusive: judged 0 orders, needs 1");
}

#[test]
fn a_fault_that_never_began_says_what_it_waited_for_unless_it_need_not_come() {
    let idle = || {
        let (awaited, last_seen) = ("offset-commit nth=3".to_owned(), "1 of 3 × offset-commit".to_owned());
        what(What::FaultIdle { fault: "cut".into(), awaited, last_seen })
    };
    let kept = || history(kept().into_iter().chain([idle()]));
    let prove = |j: &mut Judging| j.must_prove = vec!["cut".into()];
    assert_eq!(
        reasons(&judge_on(Guarantee::NoLoss, &kept(), prove)),
        "inconclusive: fault cut: never began: awaited offset-commit nth=3, last seen: 1 of 3 × offset-commit"
    );
    let spared = |j: &mut Judging| {
        prove(j);
        j.may_not_come = vec!["cut".into()];
    };
    assert_eq!(verdict(&judge_on(Guarantee::NoLoss, &kept(), spared), Guarantee::NoLoss), &Verdict::Holds);
    let armed = what(What::FaultArmed { fault: "cut".into() });
    let came = history(self::kept().into_iter().chain([armed]));
    assert!(reasons(&judge_on(Guarantee::NoLoss, &came, spared)).contains("its proof was never seen"));
}

#[test]
fn a_fault_without_proof_leaves_all_open_but_a_violation() {
    let armed = || what(What::FaultArmed { fault: "cut".into() });
    let prove = |j: &mut Judging| j.must_prove = vec!["cut".into()];
    let verdict_kept = judge_on(Guarantee::NoLoss, &history(kept().into_iter().chain([armed()])), prove);
    assert_eq!(
        reasons(&verdict_kept),
        "inconclusive: fault cut: armed at +0.400 s, but its proof was never seen"
    );
    assert!(matches!(verdict(&verdict_kept, Guarantee::Order), Verdict::Inconclusive { .. }));
    assert_eq!(verdict_kept.faults[0].by, None);

    let not_shown = declaring(&[Anomaly::LostMessage], &history(kept()), prove);
    assert!(
        reasons(&not_shown).starts_with("inconclusive: fault cut: never armed"),
        "{}",
        reasons(&not_shown)
    );
    assert!(reasons(&judge_on(Guarantee::NoLoss, &history(lost()), prove)).starts_with("failed"));

    let proved = what(What::FaultProved { fault: "cut".into(), by: "3 connections refused".into() });
    let proved = judge_on(Guarantee::NoLoss, &history(kept().into_iter().chain([armed(), proved])), prove);
    assert_eq!(
        (reasons(&proved).as_str(), proved.faults[0].by.as_deref()),
        ("as declared", Some("3 connections refused"))
    );
}

#[test]
fn where_a_link_was_blind_nothing_holds_and_nothing_is_missing() {
    let blind = || what(What::Blind { reason: "TLS".into() });
    let open = "inconclusive: a link was blind from +";
    let run = judge_on(Guarantee::NoLoss, &history(kept().into_iter().chain([blind()])), |_| ());
    assert_eq!(reasons(&run), format!("{open}0.400 s: TLS"));
    // What shows the order may have come unseen.
    let run = declaring(&[Anomaly::LostMessage], &history(lost().into_iter().chain([blind()])), |_| ());
    assert!(reasons(&run).starts_with(open), "{}", reasons(&run));
    assert_eq!(run.shown, []);
}

#[test]
fn a_stall_leaves_open_what_is_violated_in_time() {
    let storm = || [action("w1", 4), handled("w1", "a"), handled("w1", "a"), handled("w1", "a"), worked(5)];
    let stalled = |for_ms| history(storm().into_iter().chain([what(What::Stalled { for_ms })]));
    let run = judge_on(Guarantee::Progress, &stalled(501), |_| ());
    assert_eq!(
        reasons(&run),
        "inconclusive: progress is inconclusive: the harness itself stalled for 501 ms at +0.600 s, the bound is 500 ms"
    );
    assert_eq!(run.shown, []);
    assert!(reasons(&judge_on(Guarantee::Progress, &stalled(500), |_| ())).starts_with("failed"));
}

#[test]
fn an_await_in_vain_is_a_reason() {
    let awaited = What::Awaited { what: "the refusal".into(), met: false, last_seen: "nothing".into() };
    let run = judge_on(Guarantee::NoLoss, &history(kept().into_iter().chain([what(awaited)])), |_| ());
    assert_eq!(
        reasons(&run),
        "inconclusive: awaited in vain until +0.400 s: the refusal; last seen: nothing"
    );
}

#[test]
fn a_promise_is_kept_only_in_a_run_that_settled() {
    let ended =
        |events: Vec<_>| cut(events.into_iter().chain([what(What::Ended { reason: "lag 3".into() })]));
    let kept = judge_on(Guarantee::NoLoss, &ended(kept()), |_| ());
    assert_eq!(reasons(&kept), "inconclusive: how the run ended: lag 3");
    // What declares anomalies may well never come to rest.
    let lost =
        judge_on(Guarantee::NoLoss, &ended(lost()), |judging| judging.expect = vec![Anomaly::LostMessage]);
    assert_eq!(reasons(&lost), "as declared");
}

#[test]
fn a_killed_run_shows_no_absence() {
    let run = judge_on(Guarantee::NoLoss, &cut(lost()), |_| ());
    assert!(
        reasons(&run).starts_with("inconclusive: the history does not end with `ended`"),
        "{}",
        reasons(&run)
    );
    assert_eq!(run.shown, []);
    let backwards = [produced("17", "a", 1), produced("17", "b", 2), inserted("17", "b"), updated("17", "a")];
    assert!(reasons(&judge_on(Guarantee::Order, &cut(backwards), |_| ())).starts_with("failed"));
}

#[test]
fn promising_nothing_and_declaring_nothing_judges_nothing() {
    let run = judge(&history(kept()), &Judging { promises: vec![], ..judging() });
    assert!(reasons(&run).contains("there is nothing to judge"));
    let unbound = judge_on(Guarantee::NoLoss, &history(kept()), |j| j.guarantees.no_loss = None);
    assert!(reasons(&unbound).contains("no-loss is promised, but the scenario sets no bounds for it"));
}

#[test]
fn an_effect_that_is_not_there_is_inconclusive() {
    let run = judge_on(Guarantee::NoLoss, &history(kept()), |j| j.effects.clear());
    assert!(reasons(&run).contains("no effect is named `shown`"), "{}", reasons(&run));
}
