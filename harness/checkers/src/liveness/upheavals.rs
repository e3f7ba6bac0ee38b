//! What disturbed a group: processes of its role that come and go.

use std::collections::VecDeque;

use pitfall_model::{OfLiveness, elapsed};

use crate::facts::{Did, Fact, Facts};

/// A process came or went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disturbance {
    pub(super) at: u64,
    pub(super) seq: u32,
    instance: u32,
    did: &'static str,
    /// Where it began: earlier, if the process left the group before it ended.
    from: Place,
}

/// A place in the history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) seq: u32,
}

impl Place {
    fn of(fact: &Fact) -> Self {
        Self { at: fact.at, seq: fact.seq }
    }
}

/// Disturbances that are judged together.
#[derive(Debug)]
pub(super) struct Upheaval {
    /// Never empty, in the order of the history.
    pub(super) disturbances: Vec<Disturbance>,
    /// `seq` of where the first began.
    pub(super) from: u32,
    /// Where the next upheaval began, or right behind the history's end.
    pub(super) until: Place,
}

impl Upheaval {
    /// When the last of them came.
    pub(super) fn last_at(&self) -> u64 {
        self.disturbances.last().map_or(0, |last| last.at)
    }

    /// `process worker 2 started at +0.100 s`.
    pub(super) fn in_words(&self, bounds: &OfLiveness) -> String {
        let role = &bounds.role;
        match self.disturbances.as_slice() {
            [one] => format!("process {role} {} {} at {}", one.instance, one.did, elapsed(one.at)),
            all => {
                let first = all.first().map_or(0, |first| first.at);
                let last = self.last_at();
                format!(
                    "processes of role {role} came or went {} times from {} to {}",
                    all.len(),
                    elapsed(first),
                    elapsed(last)
                )
            }
        }
    }
}

/// Every upheaval, in the order of the history.
pub(super) fn upheavals(facts: &Facts, bounds: &OfLiveness) -> Vec<Upheaval> {
    let within = u64::try_from(bounds.within.as_nanos()).unwrap_or(u64::MAX);
    let end = facts.all().last().map_or(Place { at: 0, seq: 0 }, |last| Place { at: last.at, seq: u32::MAX });
    let mut upheavals: Vec<Upheaval> = Vec::new();
    for disturbance in disturbances(facts, bounds, within) {
        match upheavals.last_mut() {
            Some(last) if disturbance.from.at <= last.last_at().saturating_add(within) => {
                last.disturbances.push(disturbance);
            }
            last => {
                if let Some(last) = last {
                    last.until = disturbance.from;
                }
                let from = disturbance.from.seq;
                upheavals.push(Upheaval { disturbances: vec![disturbance], from, until: end });
            }
        }
    }
    upheavals
}

fn disturbances(facts: &Facts, bounds: &OfLiveness, within: u64) -> Vec<Disturbance> {
    let (asked, group) = (facts.name(&bounds.role), facts.name(&bounds.group));
    let mut disturbances = Vec::new();
    // Members that left, and whose process has not ended so far.
    let mut left: VecDeque<Place> = VecDeque::new();
    for fact in facts.all() {
        let (role, instance, did) = match fact.did {
            Did::GroupLeft { group: of, .. } if Some(of) == group => {
                left.push_back(Place::of(fact));
                continue;
            }
            Did::ProcessStarted { role, instance } => (role, instance, "started"),
            Did::ProcessExited { role, instance } => (role, instance, "exited"),
            Did::ProcessPaused { role, instance } => (role, instance, "was paused"),
            Did::ProcessResumed { role, instance } => (role, instance, "was resumed"),
            _ => continue,
        };
        if Some(role) != asked {
            continue;
        }
        let mut from = Place::of(fact);
        if did == "exited" {
            left.retain(|place| place.at.saturating_add(within) >= fact.at);
            from = left.pop_front().unwrap_or(from);
        }
        disturbances.push(Disturbance { at: fact.at, seq: fact.seq, instance, did, from });
    }
    disturbances
}
