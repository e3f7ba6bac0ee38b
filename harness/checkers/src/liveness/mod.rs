//! Liveness: after members come or go, the group settles within a number of rebalances and a time.
//!
//! **Disturbed** the group is by processes of the role: by each that starts, ends, stands still or goes on; by one that leaves the
//! group before it ends, from its leaving on. Disturbances that come before the time (`within`) of the one before is over are one
//! *upheaval*: what follows is of them together. An upheaval lasts until the next one.
//!
//! **A rebalance** is a generation of the group (an epoch, in the newer protocol). It is seen where a link first tells of a
//! generation beyond all before it, whichever member it is; generations that no link told of are not counted. A group is also
//! *moving* where a member is first given its partitions of the newest generation, and where a member's heartbeat is told that a
//! rebalance is under way.
//!
//! **Judged:** every disturbance of an upheaval whose time is over when the history ends.
//!
//! **`unsettled-group`:** in an upheaval of n disturbances there are more than n times `rebalances` rebalances; or the group moves
//! later than `within` after the last of them; or a heartbeat was told of a rebalance, and nobody was given partitions after it.
//! One violation an upheaval.
//!
//! **What was seen of its states** (`states.rs`) from the upheaval's beginning on, up to what is shown, is evidence too, and the
//! sentence counts how often the group was stable meanwhile.
//!
//! **Unknown:** no link told of a generation of the group; or the history ends before the last upheaval's time is over.

mod moves;
mod states;
mod upheavals;

use pitfall_model::{Anomaly, Judging, OfLiveness, elapsed};

use crate::{
    facts::Facts,
    found::{Found, Shown},
};
use moves::{Move, Moved, moves};
use states::{Stated, states};
use upheavals::{Upheaval, upheavals};

const UNIT: &str = "disturbances";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfLiveness, _: &Judging) -> Found {
    let moves = moves(facts, &bounds.group);
    if !moves.iter().any(|moved| moved.is_rebalance()) {
        return Found::nothing(UNIT, format!("no link told of a generation of group {}", bounds.group));
    }
    let states = states(facts, &bounds.group);
    let mut found = Found::new(UNIT);
    for upheaval in upheavals(facts, bounds) {
        let from = moves.partition_point(|moved| moved.seq < upheaval.from);
        let to = moves.partition_point(|moved| moved.seq < upheaval.until.seq);
        let since = states.partition_point(|stated| stated.seq < upheaval.from);
        let judge = Judge {
            bounds,
            upheaval: &upheaval,
            moves: &moves[from..to.max(from)],
            states: &states[since..],
        };
        let shown = judge.too_late().or_else(|| judge.too_many()).or_else(|| judge.under_way());
        if shown.is_none() && !judge.is_over() {
            found.unknown.push(judge.too_soon());
        } else {
            found.judged += upheaval.disturbances.len();
        }
        found.violations.extend(shown);
    }
    found
}

struct Judge<'a> {
    bounds: &'a OfLiveness,
    upheaval: &'a Upheaval,
    /// What the group did while it lasted.
    moves: &'a [Moved],
    /// What it went through from its beginning on.
    states: &'a [Stated],
}

impl Judge<'_> {
    /// When the group has to be settled.
    fn deadline(&self) -> u64 {
        let within = u64::try_from(self.bounds.within.as_nanos()).unwrap_or(u64::MAX);
        self.upheaval.last_at().saturating_add(within)
    }

    fn is_over(&self) -> bool {
        self.upheaval.until.at > self.deadline()
    }

    fn too_many(&self) -> Option<Shown> {
        let allowed = self.upheaval.disturbances.len().saturating_mul(self.bounds.rebalances);
        let rebalances: Vec<&Moved> = self.moves.iter().filter(|moved| moved.is_rebalance()).collect();
        let last = rebalances.last().filter(|_| rebalances.len() > allowed)?;
        let sentence = format!(
            "group {} rebalanced {} times until {} after {}, the bound is {allowed}{}",
            self.bounds.group,
            rebalances.len(),
            elapsed(last.at),
            self.upheaval.in_words(self.bounds),
            states::in_words(self.states_until(last.seq)),
        );
        let one_too_many = rebalances[allowed].seq;
        let rebalances = rebalances[..=allowed].iter().map(|moved| moved.seq);
        let disturbances = self.upheaval.disturbances.iter().map(|disturbance| disturbance.seq);
        let states = self.states_until(one_too_many).iter().map(|stated| stated.seq);
        let evidence = disturbances.chain(rebalances).chain(states);
        Some(Shown::new(Anomaly::UnsettledGroup, None, sentence, evidence))
    }

    fn too_late(&self) -> Option<Shown> {
        let late = self.moves.iter().filter(|moved| moved.at > self.deadline());
        // A rebalance says more than what leads to it.
        let late = late.clone().find(|moved| moved.is_rebalance()).or(late.clone().next())?;
        let did = match late.did {
            Move::Rebalance { generation } => format!("rebalanced (generation {generation})"),
            Move::Given => "gave a member its partitions".to_owned(),
            Move::UnderWay => "told a member of a rebalance".to_owned(),
        };
        Some(self.shown(&format!("{did} at {}", elapsed(late.at)), late.seq))
    }

    /// A rebalance that a member was told of, and that came to nothing.
    fn under_way(&self) -> Option<Shown> {
        let last = self.moves.last().filter(|moved| moved.did == Move::UnderWay && self.is_over())?;
        let did =
            format!("told a member of a rebalance at {}, and gave nobody partitions since", elapsed(last.at));
        Some(self.shown(&did, last.seq))
    }

    fn shown(&self, did: &str, by: u32) -> Shown {
        let (group, within) = (&self.bounds.group, self.bounds.within);
        let upheaval = self.upheaval.in_words(self.bounds);
        let states = self.states_until(by);
        let sentence = format!(
            "group {group} {did}: it had not settled within {within:?} after {upheaval}{}",
            states::in_words(states)
        );
        let last = self.upheaval.disturbances.last().map(|disturbance| disturbance.seq);
        let since = states.iter().map(|stated| stated.seq).filter(|seq| last.is_none_or(|last| *seq > last));
        Shown::new(Anomaly::UnsettledGroup, None, sentence, last.into_iter().chain(since).chain([by]))
    }

    fn states_until(&self, seq: u32) -> &[Stated] {
        &self.states[..self.states.partition_point(|stated| stated.seq <= seq)]
    }

    fn too_soon(&self) -> String {
        format!(
            "whether group {} settles within {:?} after {} is not seen: the history ends at {}",
            self.bounds.group,
            self.bounds.within,
            self.upheaval.in_words(self.bounds),
            elapsed(self.upheaval.until.at),
        )
    }
}
