//! The states that a group went through, derived from what links tell: states shorter than a look from outside are seen too.
//!
//! `PreparingRebalance` from the first sign that members are to join again: one that leaves, a heartbeat told of a rebalance, or, where
//! nothing told of it before, the first that is named a new generation. `CompletingRebalance` from when members are named the
//! new generation. `Stable` from when the first is given its partitions of it. The newer protocol has none of these: its members
//! go from epoch to epoch.

use super::moves::REBALANCE_IN_PROGRESS;
use crate::facts::{Did, Facts};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preparing,
    Completing,
    Stable,
}

/// A state, and the event by which the group came into it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    pub(super) seq: u32,
    state: State,
}

/// Every state of the group, in the order of the history; empty in the newer protocol.
pub(super) fn states(facts: &Facts, group: &str) -> Vec<Stated> {
    let Some(asked) = facts.name(group) else { return Vec::new() };
    let (mut states, mut newest): (Vec<Stated>, i32) = (Vec::new(), 0);
    for fact in facts.all() {
        let now = states.last().map(|stated: &Stated| stated.state);
        let mut come = |state| states.push(Stated { seq: fact.seq, state });
        match fact.did {
            Did::GroupLeft { group, .. }
            | Did::HeartbeatRefused { group, error: REBALANCE_IN_PROGRESS, .. }
                if group == asked && now == Some(State::Stable) =>
            {
                come(State::Preparing);
            }
            Did::GroupJoined { group, generation, refused: false, .. }
                if group == asked && generation > newest =>
            {
                newest = generation;
                if now != Some(State::Preparing) {
                    come(State::Preparing);
                }
                come(State::Completing);
            }
            Did::GroupSynced { group, generation, refused: false, .. }
                if group == asked && generation == newest && now == Some(State::Completing) =>
            {
                come(State::Stable);
            }
            _ => {}
        }
    }
    states
}

/// `; its states went PreparingRebalance -> CompletingRebalance -> Stable 3 times`, or nothing where there are none.
pub(super) fn in_words(states: &[Stated]) -> String {
    let stable = states.iter().filter(|stated| stated.state == State::Stable).count();
    match states {
        [] => String::new(),
        _ => format!("; its states went PreparingRebalance -> CompletingRebalance -> Stable {stable} times"),
    }
}
