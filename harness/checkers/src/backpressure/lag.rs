//! A backlog that has to be worked off in time.

use pitfall_model::{Anomaly, Drains, elapsed};

use crate::{
    by_partition::ByPartition,
    commits::{Commit, Commits},
    facts::{Did, Facts},
    found::{Found, Shown},
};

/// A message by its place.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    seq: u32,
    partition: i32,
    offset: i64,
}

/// Judges the topic's partitions, each by its last message; how many messages there were in all.
pub(super) fn check(facts: &Facts, drains: &Drains, found: &mut Found) -> usize {
    let mut commits = Commits::new(facts, &drains.group, &drains.topic);
    let mut messages = 0;
    let mut partitions = ByPartition::<Option<Place>>::default();
    let topic = facts.name(&drains.topic);
    for fact in facts.all() {
        commits.see(fact);
        if let Did::Produced { topic: of, partition, offset, .. } = fact.did
            && Some(of) == topic
        {
            messages += 1;
            let last = partitions.entry(partition);
            if last.is_none_or(|last| last.offset <= offset) {
                *last = Some(Place { at: fact.at, seq: fact.seq, partition, offset });
            }
        }
    }
    let Some(newest) =
        partitions.iter().filter_map(|(_, last)| *last).max_by_key(|place| (place.at, place.seq))
    else {
        found.unknown.push(format!("no message stands in topic {}: nothing has to drain", drains.topic));
        return messages;
    };
    let within = u64::try_from(drains.within.as_nanos()).unwrap_or(u64::MAX);
    let judge = Judge { drains, newest, due: newest.at.saturating_add(within) };
    let end = facts.all().last().map_or(0, |fact| fact.at);
    for last in partitions.iter().filter_map(|(_, last)| *last) {
        let past = commits.of(last.partition).iter().find(|commit| commit.offset > last.offset).copied();
        match past {
            Some(past) if past.at <= judge.due => {}
            None if end < judge.due => found.unknown.push(judge.unknown(last, end)),
            _ => found.violations.push(judge.violation(last, past, commits.of(last.partition))),
        }
    }
    messages
}

struct Judge<'a> {
    drains: &'a Drains,
    /// The topic's last message by time.
    newest: Place,
    due: u64,
}

impl Judge<'_> {
    fn label(&self, place: Place) -> String {
        format!("{}/{} offset {}", self.drains.topic, place.partition, place.offset)
    }

    fn violation(&self, last: Place, past: Option<Commit>, commits: &[Commit]) -> Shown {
        let Drains { group, within, .. } = self.drains;
        let in_time = commits.iter().rev().find(|commit| commit.at <= self.due);
        let stood = in_time.map_or(0, |commit| commit.offset);
        let then = past.map_or("and was not past it when the run ended".to_owned(), |past| {
            format!("and was past it at {}", elapsed(past.at))
        });
        let sentence = format!(
            "group {group} had committed {stood} of {}, its partition's last message, at {}, {within:?} after the topic's last was published, {then}",
            self.label(last),
            elapsed(self.due),
        );
        let seen = [Some(last.seq), Some(self.newest.seq), in_time.map(|c| c.seq), past.map(|c| c.seq)];
        Shown::new(Anomaly::LagNotDrained, None, sentence, seen.into_iter().flatten())
    }

    fn unknown(&self, last: Place, end: u64) -> String {
        format!(
            "{} is not committed, and the run ended at {}, before the time to drain was over at {}",
            self.label(last),
            elapsed(end),
            elapsed(self.due)
        )
    }
}
