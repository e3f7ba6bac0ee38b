//! Outcome: from the verdicts to whether the variant did what it declares.

use pitfall_model::{Anomaly, Guarantee, Judgement, Judging, Outcome, Verdict};

use crate::circumstances::Circumstances;

/// The anomalies shown by what the variant is judged on, with how often, in the registry's order.
pub(crate) fn shown(judgements: &[Judgement]) -> Vec<(Anomaly, usize)> {
    let violated =
        judgements.iter().filter(|judgement| judgement.promised && judgement.verdict == Verdict::Violated);
    let all: Vec<Anomaly> = violated.flat_map(|j| j.finding.violations.iter().map(|v| v.anomaly)).collect();
    let count = |anomaly: &Anomaly| all.iter().filter(|shown| *shown == anomaly).count();
    Anomaly::ALL.iter().map(|anomaly| (*anomaly, count(anomaly))).filter(|(_, count)| *count > 0).collect()
}

/// Whether the variant did what it declares.
pub(crate) fn outcome(judging: &Judging, judgements: &[Judgement], circumstances: &Circumstances) -> Outcome {
    let mut reasons = Reasons::default();
    reasons.open.extend(circumstances.unproved.iter().cloned());
    reasons.open.extend(circumstances.endless.iter().cloned());
    reasons.open.extend(circumstances.blind.iter().cloned());
    reasons.promises_can_be_judged(judging);
    if judging.expect.is_empty() {
        reasons.promises_hold(judgements);
        // Work that was not done in time was not done without loss, in order, or at all: nobody knows.
        reasons.open.extend(circumstances.unsettled.clone());
    } else {
        reasons.declared_is_shown(judging, judgements);
        reasons.nothing_else_is_shown(&Anomaly::closure(&judging.expect), judgements);
    }
    reasons.open.extend(circumstances.unmet.iter().cloned());
    reasons.into_outcome(circumstances)
}

#[derive(Default)]
struct Reasons {
    failed: Vec<String>,
    open: Vec<String>,
}

impl Reasons {
    fn promises_can_be_judged(&mut self, judging: &Judging) {
        let judged = judging.guarantees.judged();
        let unjudged = judging.promises.iter().filter(|promise| !judged.contains(promise));
        self.open.extend(unjudged.map(|promise| {
            format!("{promise} is promised, but the scenario sets no bounds for it: it is not judged")
        }));
        if judging.expect.is_empty() && judging.promises.is_empty() {
            self.open
                .push("nothing is promised and no anomaly is declared: there is nothing to judge".to_owned());
        }
    }

    fn promises_hold(&mut self, judgements: &[Judgement]) {
        for judgement in judgements.iter().filter(|judgement| judgement.promised) {
            match &judgement.verdict {
                Verdict::Holds => {}
                Verdict::Violated => {
                    let anomalies = Anomaly::ALL.iter().filter_map(|anomaly| example(*anomaly, judgement));
                    self.failed.extend(anomalies.map(|example| {
                        format!("{} is promised, but shown is {example}", judgement.guarantee)
                    }));
                }
                Verdict::Inconclusive { reason } => self.inconclusive(judgement.guarantee, reason),
            }
        }
    }

    fn declared_is_shown(&mut self, judging: &Judging, judgements: &[Judgement]) {
        for anomaly in &judging.expect {
            let guarantee = anomaly.guarantee();
            let judgement = judgements.iter().find(|j| j.promised && j.guarantee == guarantee);
            match judgement.map(|j| (&j.verdict, j)) {
                None => self.failed.push(format!(
                    "declared {anomaly} cannot be shown: the variant is not judged on {guarantee}"
                )),
                // Named once below, with every other inconclusive guarantee.
                Some((Verdict::Inconclusive { .. }, _)) => {}
                Some((Verdict::Violated, j))
                    if j.finding.violations.iter().any(|v| v.anomaly == *anomaly) => {}
                Some(_) if self.open.is_empty() => {
                    self.failed.push(format!("declared {anomaly} was not shown"))
                }
                // The fault may not have bitten, or the end is missing: then nothing follows from what was not shown.
                Some(_) => self.open.push(format!("declared {anomaly} was not shown")),
            }
        }
    }

    fn nothing_else_is_shown(&mut self, declared: &[Anomaly], judgements: &[Judgement]) {
        for judgement in judgements.iter().filter(|judgement| judgement.promised) {
            match &judgement.verdict {
                Verdict::Holds => {}
                Verdict::Violated => {
                    let others = Anomaly::ALL.iter().filter(|anomaly| !declared.contains(anomaly));
                    let examples = others.filter_map(|anomaly| example(*anomaly, judgement));
                    self.failed
                        .extend(examples.map(|example| format!("shown but not declared is {example}")));
                }
                Verdict::Inconclusive { reason } => self.inconclusive(judgement.guarantee, reason),
            }
        }
    }

    /// Once only where what makes it inconclusive is a reason of its own (a fault without proof, a missing end).
    fn inconclusive(&mut self, guarantee: Guarantee, reason: &String) {
        if !self.open.contains(reason) {
            self.open.push(format!("{guarantee} is inconclusive: {reason}"));
        }
    }

    fn into_outcome(self, circumstances: &Circumstances) -> Outcome {
        let Self { failed, open } = self;
        if failed.is_empty() && open.is_empty() {
            return Outcome::AsDeclared;
        }
        let is_failed = !failed.is_empty();
        let mut reasons: Vec<String> = Vec::new();
        for reason in failed.into_iter().chain(open).chain(circumstances.unsettled.clone()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if is_failed { Outcome::Failed { reasons } } else { Outcome::Inconclusive { reasons } }
    }
}

/// `lost-message ×20: order 1: …`, if the judgement shows the anomaly.
fn example(anomaly: Anomaly, judgement: &Judgement) -> Option<String> {
    let mut violations = judgement.finding.violations.iter().filter(|v| v.anomaly == anomaly);
    let first = violations.next()?;
    Some(format!("{anomaly} ×{}: {}", 1 + violations.count(), first.sentence))
}
