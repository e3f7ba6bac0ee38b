//! Judgement: from what a checker found to a guarantee's verdict.

use pitfall_model::{Anomaly, Finding, Guarantee, Judgement, Verdict};

use crate::{circumstances::Circumstances, registry::Checked};

/// The verdict on one guarantee.
pub(crate) fn judgement(
    guarantee: Guarantee,
    checked: Checked,
    promised: bool,
    circumstances: &Circumstances,
) -> Judgement {
    let Checked { mut finding, at_least } = checked;
    if let Some(why) = circumstances.unseen() {
        leave_open(&mut finding, why);
    }
    let verdict = verdict(guarantee, &finding, at_least, circumstances);
    Judgement { guarantee, promised, verdict, at_least, finding }
}

/// What rests on something not having come cannot be said of a run whose end is missing or where a tap was blind: such
/// violations become unknown.
fn leave_open(finding: &mut Finding, why: &str) {
    let (open, shown) =
        std::mem::take(&mut finding.violations).into_iter().partition(|v| rests_on_the_end(v.anomaly));
    let open: Vec<pitfall_model::Violation> = open;
    finding.violations = shown;
    finding.unknown.extend(open.into_iter().map(|violation| format!("{}; but {why}", violation.sentence)));
}

/// Whether the anomaly says that something had not come when the run ended (more events could disprove it).
fn rests_on_the_end(anomaly: Anomaly) -> bool {
    match anomaly {
        Anomaly::LostMessage | Anomaly::SkippedStatus | Anomaly::NotConverged => true,
        Anomaly::IncompleteOrder | Anomaly::StalledCommits | Anomaly::DuplicateRow => true,
        Anomaly::OutOfOrder | Anomaly::PartialReadStored | Anomaly::DuplicateKeyError => false,
        Anomaly::RedeliveryStorm | Anomaly::SilentCommitFailure => false,
    }
}

fn verdict(
    guarantee: Guarantee,
    finding: &Finding,
    at_least: usize,
    circumstances: &Circumstances,
) -> Verdict {
    let (judged, unit) = (finding.judged, &finding.unit);
    let stall = circumstances.stall.as_ref().filter(|_| guarantee.is_about_time());
    let reason = match (finding.violations.is_empty(), stall, finding.unknown.as_slice()) {
        (false, None, _) => return Verdict::Violated,
        (false, Some(stall), _) => stall.clone(),
        (true, _, [one]) => one.clone(),
        (true, _, [first, rest @ ..]) => format!("{first}; and {} more like it", rest.len()),
        (true, _, []) => match circumstances.hindrance() {
            _ if judged < at_least => format!("judged {judged} {unit}, needs {at_least}"),
            _ if judged == 0 => format!("judged no {unit}"),
            Some(why) => why.clone(),
            None => return Verdict::Holds,
        },
    };
    Verdict::Inconclusive { reason }
}
