//! When the members of one group may have handed work to each other: what was one's may be another's from then on.

use crate::facts::{Did, Fact, Facts, Name};

/// Kafka's errors of a heartbeat that tell a member that its generation is over.
const GENERATION_IS_OVER: [i16; 4] = [22, 25, 27, 82];

/// One sign of a rebalance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandOver {
    pub(crate) at: u64,
    pub(crate) seq: u32,
}

/// Gathers the rebalances of one group: a member joined, was given partitions, left, or was told that its generation is over.
pub(crate) struct HandOvers {
    group: Option<Name>,
    all: Vec<HandOver>,
}

impl HandOvers {
    pub(crate) fn new(facts: &Facts, group: &str) -> Self {
        Self { group: facts.name(group), all: Vec::new() }
    }

    /// Takes in the next fact.
    pub(crate) fn see(&mut self, fact: &Fact) {
        let of = match fact.did {
            Did::GroupJoined { group, refused: false, .. }
            | Did::GroupSynced { group, refused: false, .. }
            | Did::GroupHeartbeat { group, refused: false, .. }
            | Did::GroupLeft { group, .. } => group,
            Did::HeartbeatRefused { group, error, .. } if GENERATION_IS_OVER.contains(&error) => group,
            _ => return,
        };
        if Some(of) == self.group {
            self.all.push(HandOver { at: fact.at, seq: fact.seq });
        }
    }

    /// The first between two places of the history.
    pub(crate) fn between(&self, from: u32, to: u32) -> Option<HandOver> {
        let first = self.all.partition_point(|hand_over| hand_over.seq <= from);
        self.all.get(first).copied().filter(|hand_over| hand_over.seq < to)
    }
}
