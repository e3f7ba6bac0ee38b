//! Circumstances: what in a history limits every verdict, whatever a checker found.

use pitfall_model::{FaultProof, Judging, elapsed};

use crate::{
    facts::{Did, Facts},
    map::Map,
};

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
    pub(crate) fn of(facts: &Facts, judging: &Judging) -> Self {
        let (mut name, mut blind, mut unmet) = (String::new(), None, Vec::new());
        let mut longest: Option<(u64, u64)> = None;
        let mut faults: Map<&str, Fault<'_>> = Map::default();
        for fault in &judging.must_prove {
            faults.entry(fault).or_default().required = true;
        }
        for fault in &judging.may_not_come {
            faults.entry(fault).or_default().may_not_come = true;
        }
        let text = |name| facts.text(name);
        for fact in facts.all() {
            match fact.did {
                Did::Run { name: run } if name.is_empty() => text(run).clone_into(&mut name),
                Did::Blind { reason } if blind.is_none() => {
                    let link = fact.link.map_or("a link", text);
                    blind = Some(format!("{link} was blind from {}: {}", elapsed(fact.at), text(reason)));
                }
                Did::Stalled { for_ms } if for_ms > longest.map_or(judging.stall_bound_ms, |(ms, _)| ms) => {
                    longest = Some((for_ms, fact.at));
                }
                Did::Awaited { what, met: false, last_seen } => {
                    unmet.push(format!(
                        "awaited in vain until {}: {}; last seen: {}",
                        elapsed(fact.at),
                        text(what),
                        text(last_seen)
                    ));
                }
                Did::FaultArmed { fault } => {
                    faults.entry(text(fault)).or_default().armed.get_or_insert(fact.at);
                }
                Did::FaultIdle { fault, awaited, last_seen } => {
                    let idle = format!("awaited {}, last seen: {}", text(awaited), text(last_seen));
                    faults.entry(text(fault)).or_default().idle.get_or_insert(idle);
                }
                Did::FaultProved { fault, by } => {
                    faults.entry(text(fault)).or_default().proved.get_or_insert(text(by));
                }
                _ => {}
            }
        }
        let unproved = faults.iter().filter_map(|(name, fault)| fault.unproved(name)).collect();
        let proof = |(name, fault): (&&str, &Fault<'_>)| FaultProof {
            fault: (*name).to_owned(),
            by: fault.proved.map(str::to_owned),
        };
        let bound = judging.stall_bound_ms;
        Self {
            name,
            endless: endless(facts),
            blind,
            stall: longest.map(|(ms, at)| {
                format!("the harness itself stalled for {ms} ms at {}, the bound is {bound} ms", elapsed(at))
            }),
            unmet,
            unsettled: unsettled(facts),
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
struct Fault<'f> {
    required: bool,
    may_not_come: bool,
    /// What it would have begun with.
    idle: Option<String>,
    armed: Option<u64>,
    proved: Option<&'f str>,
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

fn endless(facts: &Facts) -> Option<String> {
    if facts.is_cut_off() {
        return Some(
            "the history's last line is cut off: the run was killed, how it ended is not known".to_owned(),
        );
    }
    facts.ended().is_none().then(|| {
        "the history does not end with `ended`: the run was killed, how it ended is not known".to_owned()
    })
}

fn unsettled(facts: &Facts) -> Option<String> {
    let reason = facts.ended().filter(|reason| *reason != "settled")?;
    Some(format!("how the run ended: {reason}"))
}
