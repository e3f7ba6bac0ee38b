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
    facts::{Did, Facts},
    found::{Found, Shown},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfBalance, _: &Judging) -> Found {
    let mut found = Found::new("messages");
    let partitions = partitions(facts, &bounds.topic);
    found.judged = partitions.iter().map(|partition| partition.messages).sum();
    if found.judged < bounds.at_least {
        return found;
    }
    let is_hot = |partition: &Partition| partition.messages * 100 > found.judged * usize::from(bounds.share);
    let hot = partitions.iter().enumerate().filter(|(_, partition)| is_hot(partition));
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

/// The topic's partitions by number, up to the last that has a message: Kafka numbers them from 0, without gaps.
fn partitions(facts: &Facts, topic: &str) -> Vec<Partition> {
    let mut partitions = Vec::new();
    let Some(of) = facts.name(topic) else { return partitions };
    for fact in facts.all() {
        let Did::Produced { topic, partition, .. } = fact.did else { continue };
        let Some(number) = usize::try_from(partition).ok().filter(|_| topic == of) else { continue };
        if partitions.len() <= number {
            partitions.resize(number + 1, Partition::default());
        }
        partitions[number].messages += 1;
        partitions[number].last = fact.seq;
    }
    partitions
}

fn shown(bounds: &OfBalance, partitions: &[Partition], number: usize, hot: &Partition) -> Shown {
    let all: usize = partitions.iter().map(|partition| partition.messages).sum();
    let sentence = format!(
        "{}/{number} took {} of the topic's {all} messages ({} %), the bound is {} %",
        bounds.topic,
        hot.messages,
        hot.messages * 100 / all,
        bounds.share,
    );
    let last = partitions.iter().filter(|partition| partition.messages > 0).map(|partition| partition.last);
    Shown::new(Anomaly::HotPartition, None, sentence, last)
}
