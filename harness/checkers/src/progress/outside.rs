//! What the group looked like from outside while its work was done again.

use crate::facts::{Did, Fact, Facts, Name};

/// Every look of the group, in the order of the history.
pub(super) struct Outside<'f> {
    facts: &'f Facts,
    group: Option<Name>,
    stable: Option<Name>,
    looks: Vec<Look>,
}

/// How it looked from here on.
#[derive(Debug, Clone, Copy)]
struct Look {
    seq: u32,
    state: Name,
    members: u32,
}

impl<'f> Outside<'f> {
    pub(super) fn new(facts: &'f Facts, group: &str) -> Self {
        Self { facts, group: facts.name(group), stable: facts.name("Stable"), looks: Vec::new() }
    }

    /// Takes in the next fact.
    pub(super) fn see(&mut self, fact: &Fact) {
        if let Did::GroupDescribed { group, state, members } = fact.did
            && Some(group) == self.group
        {
            self.looks.push(Look { seq: fact.seq, state, members });
        }
    }

    /// Of its looks between two places the one that is the easiest to be taken for healthy: stable with members, if it looked so
    /// at all; else the last. In words, and where it stands; none where nobody looked.
    pub(super) fn between(&self, from: u32, to: u32) -> Option<(String, u32)> {
        let held = self.looks.partition_point(|look| look.seq < from).saturating_sub(1);
        let until = self.looks.partition_point(|look| look.seq < to);
        let looks = self.looks.get(held..until)?;
        let is_well = |look: &&Look| Some(look.state) == self.stable && look.members > 0;
        let look = looks.iter().rev().find(is_well).or(looks.last())?;
        let state = self.facts.text(look.state);
        Some((
            format!("meanwhile the group looked {state} from outside, members: {}", look.members),
            look.seq,
        ))
    }
}
