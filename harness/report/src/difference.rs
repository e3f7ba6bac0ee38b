//! In what two verdicts on the same run differ.

use pitfall_model::{Guarantee, Judgement, RunVerdict};

use crate::evidence::{in_words, outcome};

/// The first guarantee whose judgement is another now, or else what else is; none where the verdicts are equal.
pub fn difference(recorded: &RunVerdict, now: &RunVerdict) -> Option<String> {
    let guarantees = Guarantee::ALL.iter().find_map(|guarantee| of_guarantee(*guarantee, recorded, now));
    guarantees.or_else(|| (recorded != now).then(|| of_the_rest(recorded, now)))
}

fn of_guarantee(guarantee: Guarantee, recorded: &RunVerdict, now: &RunVerdict) -> Option<String> {
    let of = |verdict: &RunVerdict| verdict.judgements.iter().find(|j| j.guarantee == guarantee).cloned();
    let (recorded, now) = (of(recorded), of(now));
    if recorded == now {
        return None;
    }
    let in_short = |judgement: Option<Judgement>| judgement.as_ref().map_or_else(unjudged, in_short);
    let (was, is) = (in_short(recorded), in_short(now));
    Some(if was == is {
        format!("{guarantee} is {is} as it was, but rests on other evidence")
    } else {
        format!("{guarantee} was {was}, and is {is}")
    })
}

fn unjudged() -> String {
    "not judged".to_owned()
}

/// `violated (20 violations, judged 20 orders, needs 20)`.
fn in_short(judgement: &Judgement) -> String {
    let (finding, needs) = (&judgement.finding, judgement.at_least);
    let (violations, judged, unit) = (finding.violations.len(), finding.judged, &finding.unit);
    let is = in_words(&judgement.verdict);
    let part = if judgement.promised { "" } else { ", an observation" };
    format!("{is} ({violations} violations, judged {judged} {unit}, needs {needs}{part})")
}

fn of_the_rest(recorded: &RunVerdict, now: &RunVerdict) -> String {
    let (was, is) = (outcome(&recorded.outcome), outcome(&now.outcome));
    if was != is {
        return format!("the outcome was {was}, and is {is}");
    }
    let parts = [
        ("the run's name", recorded.name == now.name),
        ("what is declared", recorded.expected == now.expected),
        ("what is shown", recorded.shown == now.shown),
        ("the faults' proofs", recorded.faults == now.faults),
        ("what was not seen", recorded.not_seen == now.not_seen),
    ];
    let other = parts.iter().find(|(_, is_equal)| !is_equal).map_or("the reasons", |(part, _)| part);
    format!("each guarantee is as recorded; what differs: {other}")
}
