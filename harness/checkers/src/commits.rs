//! The committed offsets of one group on one topic, and what they acknowledge.

use std::cell::Cell;

use crate::{
    by_partition::ByPartition,
    facts::{Did, Fact, Facts, Name},
    published::Message,
};

/// One commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commit {
    pub(crate) at: u64,
    pub(crate) offset: i64,
    /// The highest offset that its partition had reached by then.
    pub(crate) highest: i64,
    pub(crate) seq: u32,
}

/// Whether a message was acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Acknowledged {
    /// By this commit, the first past it; and the partition's last commit still is past it.
    Yes(Commit),
    /// A commit was past it, but the last one is not: it will be delivered again.
    TakenBack(Commit),
    /// No commit is past it.
    No,
}

/// Gathers the commits of one group on one topic.
pub(crate) struct Commits<'j> {
    group: &'j str,
    /// Group and topic; none where no event names them.
    of: Option<(Name, Name)>,
    partitions: ByPartition<Partition>,
}

#[derive(Debug, Default)]
struct Partition {
    commits: Vec<Commit>,
    /// Where the last search ended.
    found: Cell<usize>,
}

impl Partition {
    /// The first commit past the offset. Messages are mostly asked for near each other, and most groups commit each, or in even
    /// steps: so many offsets on from the last answer, or back, the search begins, and takes steps that double.
    fn past(&self, offset: i64) -> Option<Commit> {
        let all = self.commits.as_slice();
        let last = all.len().checked_sub(1)?;
        let is_before = |place: usize| all.get(place).is_some_and(|commit| commit.highest <= offset);
        let from = self.found.get().min(last);
        let on = offset.saturating_sub(all[from].highest).saturating_add(1);
        let near = usize::try_from(on.unsigned_abs()).unwrap_or(usize::MAX);
        let guess = if on < 0 { from.saturating_sub(near) } else { from.saturating_add(near).min(last) };
        // All in front of `start` are before it, and `end` is not.
        let (mut start, mut end, mut step) = (guess, guess, 1_usize);
        if is_before(guess) {
            start += 1;
            end = start;
            while end <= last && is_before(end) {
                start = end + 1;
                end = end.saturating_add(step).min(all.len());
                step = step.saturating_mul(2);
            }
        } else {
            while start > 0 && !is_before(start - 1) {
                end = start - 1;
                start = start.saturating_sub(step);
                step = step.saturating_mul(2);
            }
        }
        let found = start + all.get(start..end)?.partition_point(|commit| commit.highest <= offset);
        self.found.set(found);
        all.get(found).copied()
    }
}

impl<'j> Commits<'j> {
    pub(crate) fn new(facts: &Facts, group: &'j str, topic: &str) -> Self {
        Self { group, of: facts.name(group).zip(facts.name(topic)), partitions: ByPartition::default() }
    }

    /// Takes in the next fact.
    pub(crate) fn see(&mut self, fact: &Fact) {
        let Did::Committed { group, topic, partition, offset } = fact.did else {
            return;
        };
        if Some((group, topic)) != self.of {
            return;
        }
        let commits = &mut self.partitions.entry(partition).commits;
        let highest = commits.last().map_or(offset, |before| before.highest.max(offset));
        commits.push(Commit { at: fact.at, offset, highest, seq: fact.seq });
    }

    /// The partition's commits, in the order of the history.
    pub(crate) fn of(&self, partition: i32) -> &[Commit] {
        self.partitions.get(partition).map_or(&[], |partition| &partition.commits)
    }

    /// Every partition with its commits.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = (i32, &[Commit])> {
        self.partitions.iter().map(|(partition, it)| (partition, it.commits.as_slice()))
    }

    /// The first commit past the message.
    pub(crate) fn past(&self, message: &Message) -> Option<Commit> {
        self.past_offset(message.partition, message.offset)
    }

    /// The first commit past an offset.
    pub(crate) fn past_offset(&self, partition: i32, offset: i64) -> Option<Commit> {
        self.partitions.get(partition)?.past(offset)
    }

    /// Whether the message is acknowledged when the history ends.
    pub(crate) fn acknowledged(&self, message: &Message) -> Acknowledged {
        match self.past(message) {
            None => Acknowledged::No,
            Some(past) if self.last(message.partition) > Some(message.offset) => Acknowledged::Yes(past),
            Some(past) => Acknowledged::TakenBack(past),
        }
    }

    /// The partition's last committed offset.
    pub(crate) fn last(&self, partition: i32) -> Option<i64> {
        self.of(partition).last().map(|c| c.offset)
    }

    /// The last commit before `seq` that stands in front of the message or at it.
    pub(crate) fn in_front(&self, message: &Message, seq: u32) -> Option<Commit> {
        let before = self.of(message.partition).iter().rev().filter(|c| c.seq < seq);
        before.copied().find(|c| c.offset <= message.offset)
    }

    /// Whether the partition's committed offset rose after `seq`.
    pub(crate) fn advanced_after(&self, partition: i32, seq: u32) -> bool {
        let commits = self.of(partition);
        let after = commits.partition_point(|c| c.seq <= seq);
        let before = after.checked_sub(1).and_then(|last| commits.get(last)).map(|c| c.highest);
        commits.last().is_some_and(|last| Some(last.highest) > before && after < commits.len())
    }

    /// `last commit 11`, or `no commit`.
    pub(crate) fn last_in_words(&self, partition: i32) -> String {
        match self.last(partition) {
            Some(offset) => format!("group {}: last commit {offset}", self.group),
            None => format!("group {}: no commit", self.group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Commit, Partition};

    #[test]
    fn the_first_commit_past_an_offset_is_found_whatever_was_asked_before() {
        let commit = |n: u32| Commit { at: 0, offset: i64::from(n) * 2, highest: i64::from(n) * 2, seq: n };
        for length in [0, 1, 15, 64, 65, 500] {
            let partition = Partition { commits: (0..length).map(commit).collect(), ..Partition::default() };
            let forth = (-1..1001_i64).chain((-1..1001).rev()).chain([500, 3, 998, 0, 130, 131, 64]);
            for offset in forth {
                let first = partition.commits.iter().find(|c| c.highest > offset).map(|c| c.seq);
                assert_eq!(partition.past(offset).map(|c| c.seq), first, "{offset} of {length}");
            }
        }
    }
}
