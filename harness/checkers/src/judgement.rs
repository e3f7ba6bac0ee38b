//! Judgement: from what a checker found to a guarantee's verdict.

use std::collections::BTreeMap;

use pitfall_model::{Anomaly, Event, Finding, Guarantee, Judgement, Verdict, Violation};

use crate::{
    circumstances::Circumstances,
    found::{Found, Shown},
    registry::Checked,
};

/// A guarantee's verdict, evidence by place in the history.
pub(crate) struct Judged {
    guarantee: Guarantee,
    promised: bool,
    verdict: Verdict,
    at_least: usize,
    found: Found,
}

/// The verdict on one guarantee.
pub(crate) fn judgement(
    guarantee: Guarantee,
    checked: Checked,
    promised: bool,
    circumstances: &Circumstances,
) -> Judged {
    let Checked { mut found, at_least } = checked;
    if let Some(why) = circumstances.unseen() {
        leave_open(&mut found, why);
    }
    let verdict = verdict(guarantee, &found, at_least, circumstances);
    Judged { guarantee, promised, verdict, at_least, found }
}

impl Judged {
    /// The places of all events that its verdict shows.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = u64> {
        self.found.violations.iter().flat_map(|shown| &shown.evidence).map(|seq| u64::from(*seq))
    }

    /// With the events themselves.
    pub(crate) fn with(self, events: &BTreeMap<u64, Event>) -> Judgement {
        let Self { guarantee, promised, verdict, at_least, found } = self;
        let Found { judged, unit, violations, unknown } = found;
        let violations = violations.into_iter().map(|shown| violation(shown, events)).collect();
        let finding = Finding { judged, unit: unit.to_owned(), violations, unknown };
        Judgement { guarantee, promised, verdict, at_least, finding }
    }
}

fn violation(shown: Shown, events: &BTreeMap<u64, Event>) -> Violation {
    let Shown { anomaly, order, sentence, evidence } = shown;
    let evidence = evidence.iter().filter_map(|seq| events.get(&u64::from(*seq)).cloned()).collect();
    Violation { anomaly, order, sentence, evidence }
}

/// What rests on something not having come cannot be said of a run whose end is missing or where a tap was blind: such
/// violations become unknown.
fn leave_open(found: &mut Found, why: &str) {
    let (open, shown): (Vec<Shown>, Vec<Shown>) =
        std::mem::take(&mut found.violations).into_iter().partition(|v| rests_on_the_end(v.anomaly));
    found.violations = shown;
    found.unknown.extend(open.into_iter().map(|shown| format!("{}; but {why}", shown.sentence)));
}

/// Whether the anomaly says that something had not come when the run ended (more events could disprove it).
fn rests_on_the_end(anomaly: Anomaly) -> bool {
    match anomaly {
        Anomaly::LostMessage | Anomaly::SkippedStatus | Anomaly::NotConverged => true,
        Anomaly::IncompleteOrder | Anomaly::StalledCommits | Anomaly::DuplicateRow => true,
        Anomaly::OutOfOrder | Anomaly::PartialReadStored | Anomaly::DuplicateKeyError => false,
        Anomaly::RedeliveryStorm | Anomaly::SilentCommitFailure => false,
        Anomaly::DuplicateEffect | Anomaly::OverlappingCalls | Anomaly::OverlappingHandOver => false,
        Anomaly::TooManyAttempts | Anomaly::BackOffTooShort | Anomaly::ReorderedByRetry => false,
        // That nothing was tried again, that a letter was not taken back, that no alert came: so it is at the end.
        Anomaly::GaveUpEarly | Anomaly::DeadLetterMissing | Anomaly::DeadLetterRepeated => true,
        Anomaly::DeadLetterWithoutReason | Anomaly::DeadLetterMisannounced => true,
        Anomaly::OffsetSkipped | Anomaly::UnsettledGroup | Anomaly::HotPartition => true,
        Anomaly::UnaccountedWork | Anomaly::FailureWithoutReason | Anomaly::LagNotDrained => true,
        Anomaly::SlowToGoOn | Anomaly::HeadOfLineBlocking => true,
        Anomaly::OffsetRewound | Anomaly::FieldLost | Anomaly::ForeignMessageHandled => false,
        Anomaly::TooManyInFlight | Anomaly::RateExceeded | Anomaly::CallDuringBan => false,
        Anomaly::LatencyGrows | Anomaly::BusyWhenIdle => false,
    }
}

fn verdict(guarantee: Guarantee, found: &Found, at_least: usize, circumstances: &Circumstances) -> Verdict {
    let (judged, unit) = (found.judged, found.unit);
    let stall = circumstances.stall.as_ref().filter(|_| guarantee.is_about_time());
    let reason = match (found.violations.is_empty(), stall, found.unknown.as_slice()) {
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
