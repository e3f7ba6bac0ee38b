//! What a group did, as links told it.

use crate::{
    by_name::ByName,
    facts::{Did, Facts, Name},
};

/// What a group did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// A generation (or epoch) beyond all before it.
    Rebalance { generation: i32 },
    /// A member was given its partitions of the newest generation.
    Given,
    /// A heartbeat was told that a rebalance is under way.
    UnderWay,
}

/// A move of the group, and where it stands in the history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) at: u64,
    pub(super) seq: u32,
    pub(super) did: Move,
}

impl Moved {
    pub(super) fn is_rebalance(&self) -> bool {
        matches!(self.did, Move::Rebalance { .. })
    }
}

/// Kafka's error of a heartbeat while its group rebalances.
pub(super) const REBALANCE_IN_PROGRESS: i16 = 27;

/// Every move of the group, in the order of the history.
pub(super) fn moves(facts: &Facts, group: &str) -> Vec<Moved> {
    let Some(asked) = facts.name(group) else { return Vec::new() };
    let mut newest = Newest::default();
    let mut moves = Vec::new();
    for fact in facts.all() {
        let did = match fact.did {
            Did::GroupJoined { group, generation, refused: false, .. } if group == asked => {
                newest.named(generation)
            }
            Did::GroupSynced { group, member, generation, refused: false, .. } if group == asked => {
                newest.given(member, generation)
            }
            Did::GroupHeartbeat { group, epoch, refused: false, .. } if group == asked && epoch > 0 => {
                // Such heartbeats are told only where they change something.
                newest.named(epoch).or(Some(Move::Given))
            }
            Did::HeartbeatRefused { group, error: REBALANCE_IN_PROGRESS, .. } if group == asked => {
                Some(Move::UnderWay)
            }
            _ => None,
        };
        moves.extend(did.map(|did| Moved { at: fact.at, seq: fact.seq, did }));
    }
    moves
}

/// The newest generation that anybody named, and for which each member was last given partitions.
#[derive(Default)]
struct Newest {
    generation: i32,
    given: ByName<i32>,
}

impl Newest {
    fn named(&mut self, generation: i32) -> Option<Move> {
        let is_new = generation > self.generation;
        self.generation = self.generation.max(generation);
        is_new.then_some(Move::Rebalance { generation })
    }

    /// A member that asks again for what it has moves nothing.
    fn given(&mut self, member: Name, generation: i32) -> Option<Move> {
        let before = std::mem::replace(self.given.entry(member), generation);
        let is_news = generation == self.generation && before != generation;
        self.named(generation).or(is_news.then_some(Move::Given))
    }
}
