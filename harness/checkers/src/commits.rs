//! The committed offsets of one group on one topic, and what they acknowledge.

use pitfall_model::{Event, What};

use crate::{map::Map, published::Message};

/// One commit, with the highest offset that its partition had reached by then.
struct Commit<'h> {
    event: &'h Event,
    offset: i64,
    highest: i64,
}

/// Whether a message was acknowledged.
pub(crate) enum Acknowledged<'h> {
    /// By this commit, the first past it; and the partition's last commit still is past it.
    Yes(&'h Event),
    /// A commit was past it, but the last one is not: it will be delivered again.
    TakenBack(&'h Event),
    /// No commit is past it.
    No,
}

/// Gathers the commits of one group on one topic.
pub(crate) struct Commits<'h, 'j> {
    group: &'j str,
    topic: &'j str,
    partitions: Map<i32, Vec<Commit<'h>>>,
}

impl<'h, 'j> Commits<'h, 'j> {
    pub(crate) fn new(group: &'j str, topic: &'j str) -> Self {
        Self { group, topic, partitions: Map::default() }
    }

    pub(crate) fn see(&mut self, event: &'h Event) {
        let What::Committed { group, topic, partition, offset } = &event.what else {
            return;
        };
        if group == self.group && topic == self.topic {
            let commits = self.partitions.entry(*partition).or_default();
            let highest = commits.last().map_or(*offset, |before| before.highest.max(*offset));
            commits.push(Commit { event, offset: *offset, highest });
        }
    }

    fn of(&self, partition: i32) -> &[Commit<'h>] {
        self.partitions.get(&partition).map_or(&[], Vec::as_slice)
    }

    /// The first commit past the message.
    pub(crate) fn past(&self, message: &Message<'_>) -> Option<&'h Event> {
        let commits = self.of(message.partition);
        commits.get(commits.partition_point(|c| c.highest <= message.offset)).map(|c| c.event)
    }

    /// Whether the message is acknowledged when the history ends.
    pub(crate) fn acknowledged(&self, message: &Message<'_>) -> Acknowledged<'h> {
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
    pub(crate) fn in_front(&self, message: &Message<'_>, seq: u64) -> Option<&'h Event> {
        let before = self.of(message.partition).iter().rev().filter(|c| c.event.seq < seq);
        before
            .map(|c| (c.event, c.offset))
            .find(|(_, offset)| *offset <= message.offset)
            .map(|(event, _)| event)
    }

    /// Whether the partition's committed offset rose after `seq`.
    pub(crate) fn advanced_after(&self, partition: i32, seq: u64) -> bool {
        let commits = self.of(partition);
        let after = commits.partition_point(|c| c.event.seq <= seq);
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
