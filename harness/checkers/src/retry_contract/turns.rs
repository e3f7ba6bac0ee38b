//! Which messages of an order a call may be of.

use crate::{calls_by_order::Call, effects::Seen, facts::Name, map::Map, published::Message};

/// A status of the order that was applied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Applied {
    pub(super) at: u64,
    pub(super) seq: u32,
    pub(super) status: Name,
}

impl Applied {
    /// None where the effect tells no status, or was taken away.
    pub(super) fn of(seen: &Seen) -> Option<Self> {
        let status = seen.status.filter(|_| seen.change != pitfall_model::Change::Delete)?;
        Some(Self { at: seen.at, seq: seen.seq, status })
    }
}

/// How things stood with the order's messages when a call began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Messages that were published.
    pub(super) published: usize,
    /// Of those, how many had had their status applied.
    pub(super) applied: usize,
    /// Calls that had succeeded.
    succeeded: usize,
}

impl Turn {
    /// How many messages the call may be of: those that are not done, one at least.
    pub(super) fn open(self) -> usize {
        self.published.saturating_sub(self.succeeded.min(self.applied)).max(1)
    }
}

/// How things stood at each call. `tells`: whether the effect tells what status was applied; where it does not, what succeeded is done.
pub(super) fn turns(messages: &[Message], calls: &[Call], applied: &[Applied], tells: bool) -> Vec<Turn> {
    let published = ascending(messages.iter().map(|message| u64::from(message.seq)));
    let succeeded = ascending(calls.iter().filter_map(|call| Some(call.succeeded()?.at)));
    let first = first_applied(messages, applied);
    let first = ascending(first.values().map(|applied| u64::from(applied.seq)));
    let tells = tells && messages.iter().all(|message| message.status.is_some());
    let turn = |call: &Call| {
        let before = |all: &[u64]| all.partition_point(|seq| *seq < u64::from(call.seq));
        let succeeded = succeeded.partition_point(|at| *at <= call.at);
        Turn {
            published: before(&published),
            applied: if tells { before(&first) } else { succeeded },
            succeeded,
        }
    };
    calls.iter().map(turn).collect()
}

/// The first time that each status of the messages was applied.
pub(super) fn first_applied(messages: &[Message], applied: &[Applied]) -> Map<Name, Applied> {
    let mut first: Map<Name, Applied> = Map::default();
    let statuses: Map<Name, ()> = messages.iter().filter_map(|m| Some((m.status?, ()))).collect();
    for applied in applied.iter().filter(|applied| statuses.contains_key(&applied.status)) {
        first.entry(applied.status).or_insert(*applied);
    }
    first
}

fn ascending(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers
}
