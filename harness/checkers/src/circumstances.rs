//! Circumstances: what in a history limits every verdict, whatever a checker found.

use pitfall_model::{FaultProof, History, Judging, What, elapsed};

use crate::map::Map;

/// What limits the verdicts of one run.
pub(crate) struct Circumstances {
    /// `system::ID-name::variant`; empty where the history does not begin with `run`.
    pub(crate) name: String,
    /// Why the history cannot say how the run ended.
    pub(crate) endless: Option<String>,
    /// The first link or tap that went blind.
    pub(crate) blind: Option<String>,
    /// The longest stall beyond the bound.
    pub(crate) stall: Option<String>,
    /// Every await that was not met.
    pub(crate) unmet: Vec<String>,
    /// What the run's end awaited in vain.
    pub(crate) unsettled: Option<String>,
    /// Every fault, those that must be proved first.
    pub(crate) faults: Vec<FaultProof>,
    /// Every fault that had to be proved and was not.
    pub(crate) unproved: Vec<String>,
}

impl Circumstances {
    pub(crate) fn of(history: &History, judging: &Judging) -> Self {
        let (mut name, mut blind, mut unmet) = (String::new(), None, Vec::new());
        let mut longest: Option<(u64, u64)> = None;
        let mut faults: Map<&str, Fault<'_>> = Map::default();
        for fault in &judging.must_prove {
            faults.entry(fault).or_default().required = true;
        }
        for fault in &judging.may_not_come {
            faults.entry(fault).or_default().may_not_come = true;
        }
        for event in &history.events {
            match &event.what {
                What::Run { name: run, .. } if name.is_empty() => name.clone_from(run),
                What::Blind { reason } if blind.is_none() => {
                    let link = event.link.as_deref().unwrap_or("a link");
                    blind = Some(format!("{link} was blind from {}: {reason}", elapsed(event.at)));
                }
                What::Stalled { for_ms }
                    if *for_ms > longest.map_or(judging.stall_bound_ms, |(ms, _)| ms) =>
                {
                    longest = Some((*for_ms, event.at));
                }
                What::Awaited { what, met: false, last_seen } => {
                    unmet.push(format!(
                        "awaited in vain until {}: {what}; last seen: {last_seen}",
                        elapsed(event.at)
                    ));
                }
                What::FaultArmed { fault } => {
                    faults.entry(fault).or_default().armed.get_or_insert(event.at);
                }
                What::FaultIdle { fault, awaited, last_seen } => {
                    let idle = format!("awaited {awaited}, last seen: {last_seen}");
                    faults.entry(fault).or_default().idle.get_or_insert(idle);
                }
                What::FaultProved { fault, by } => {
                    faults.entry(fault).or_default().proved.get_or_insert(by);
                }
                _ => {}
            }
        }
        let unproved = faults.iter().filter_map(|(name, fault)| fault.unproved(name)).collect();
        let proof = |(name, fault): (&&str, &Fault<'_>)| FaultProof {
            fault: (*name).to_owned(),
            by: fault.proved.cloned(),
        };
        let bound = judging.stall_bound_ms;
        Self {
            name,
            endless: endless(history),
            blind,
            stall: longest.map(|(ms, at)| {
                format!("the harness itself stalled for {ms} ms at {}, the bound is {bound} ms", elapsed(at))
            }),
            unmet,
            unsettled: unsettled(history),
            faults: faults.iter().map(proof).collect(),
            unproved,
        }
    }

    /// Why something that did not come may have come unseen, if so.
    pub(crate) fn unseen(&self) -> Option<&String> {
        self.endless.as_ref().or(self.blind.as_ref())
    }

    /// Why nothing can be said to hold, if so.
    pub(crate) fn hindrance(&self) -> Option<&String> {
        self.unseen().or(self.unproved.first())
    }
}

#[derive(Default)]
struct Fault<'h> {
    required: bool,
    may_not_come: bool,
    /// What it would have begun with.
    idle: Option<String>,
    armed: Option<u64>,
    proved: Option<&'h String>,
}

impl Fault<'_> {
    fn unproved(&self, name: &str) -> Option<String> {
        if !self.required || self.proved.is_some() {
            return None;
        }
        match (self.armed, &self.idle) {
            (Some(at), _) => {
                Some(format!("fault {name}: armed at {}, but its proof was never seen", elapsed(at)))
            }
            (None, _) if self.may_not_come => None,
            (None, Some(idle)) => Some(format!("fault {name}: never began: {idle}")),
            (None, None) => Some(format!("fault {name}: never armed, and its proof was never seen")),
        }
    }
}

fn endless(history: &History) -> Option<String> {
    if history.truncated {
        return Some(
            "the history's last line is cut off: the run was killed, how it ended is not known".to_owned(),
        );
    }
    match history.events.last().map(|event| &event.what) {
        Some(What::Ended { .. }) => None,
        _ => Some(
            "the history does not end with `ended`: the run was killed, how it ended is not known".to_owned(),
        ),
    }
}

fn unsettled(history: &History) -> Option<String> {
    match history.events.last().map(|event| &event.what) {
        Some(What::Ended { reason }) if reason != "settled" => Some(format!("how the run ended: {reason}")),
        _ => None,
    }
}
