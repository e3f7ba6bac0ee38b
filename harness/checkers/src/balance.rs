//! Balance: no partition takes more than its share of a topic's messages.
//!
//! **Judged:** every message that stands in the topic, whoever published it and of whatever order, if there are as many as the
//! bounds ask for: of two messages one partition takes half, and that says nothing.
//!
//! **`hot-partition`:** a partition has more than `share` percent of them. One violation a partition. Its evidence is the last
//! message of every partition, whose offset says how far the partition has come.
//!
//! **Unknown:** nothing. Fewer messages than the bounds ask for are not enough to judge by.

use pitfall_model::{Anomaly, Judging, OfBalance};

use crate::{
    by_partition::ByPartition,
    facts::{Did, Facts},
    found::{Found, Shown},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfBalance, _: &Judging) -> Found {
    let mut found = Found::new("messages");
    let partitions = partitions(facts, &bounds.topic);
    found.judged = partitions.iter().map(|(_, partition)| partition.messages).sum();
    if found.judged < bounds.at_least {
        return found;
    }
    let is_hot = |partition: &Partition| partition.messages * 100 > found.judged * usize::from(bounds.share);
    let hot = partitions.iter().filter(|(_, partition)| is_hot(partition));
    found.violations = hot.map(|(number, hot)| shown(bounds, &partitions, number, hot)).collect();
    found
}

/// What one partition has taken.
#[derive(Clone, Copy, Default)]
struct Partition {
    messages: usize,
    /// `seq` of its last message.
    last: u32,
}

/// The topic's partitions.
fn partitions(facts: &Facts, topic: &str) -> ByPartition<Partition> {
    let mut partitions = ByPartition::<Partition>::default();
    let Some(of) = facts.name(topic) else { return partitions };
    for fact in facts.all() {
        let Did::Produced { topic, partition, .. } = fact.did else { continue };
        if topic == of && partition >= 0 {
            let of = partitions.entry(partition);
            of.messages += 1;
            of.last = fact.seq;
        }
    }
    partitions
}

fn shown(bounds: &OfBalance, partitions: &ByPartition<Partition>, number: i32, hot: &Partition) -> Shown {
    let all: usize = partitions.iter().map(|(_, partition)| partition.messages).sum();
    let sentence = format!(
        "{}/{number} took {} of the topic's {all} messages ({} %), the bound is {} %",
        bounds.topic,
        hot.messages,
        hot.messages * 100 / all,
        bounds.share,
    );
    let taken = partitions.iter().filter(|(_, partition)| partition.messages > 0);
    let last = taken.map(|(_, partition)| partition.last);
    Shown::new(Anomaly::HotPartition, None, sentence, last)
}
