//! Where committed offsets went: back, or past what nobody had been given.

use pitfall_model::{Anomaly, OfProgress, elapsed};

use super::deliveries::Deliveries;
use crate::{
    by_partition::ByPartition,
    commits::{Commit, Commits},
    facts::{Did, Facts, Name},
    found::Shown,
};

/// The first commit of each partition that is less than the one before it.
pub(super) fn rewound(bounds: &OfProgress, commits: &Commits<'_>) -> Vec<Shown> {
    let shown = |(partition, commits): (i32, &[Commit])| {
        let pair = commits.windows(2).find(|pair| pair[1].offset < pair[0].offset)?;
        let sentence = format!(
            "{}/{partition}: group {} committed {} at {}, after {} at {}: its offset went back",
            bounds.topic,
            bounds.group,
            pair[1].offset,
            elapsed(pair[1].at),
            pair[0].offset,
            elapsed(pair[0].at),
        );
        Some(Shown::new(Anomaly::OffsetRewound, None, sentence, pair.iter().map(|commit| commit.seq)))
    };
    commits.partitions().filter_map(shown).collect()
}

/// The first commit of each partition that is past a message of which no link saw that anybody was given it.
pub(super) fn skipped(
    facts: &Facts,
    bounds: &OfProgress,
    commits: &Commits<'_>,
    deliveries: &Deliveries,
) -> Vec<Shown> {
    let Some(topic) = facts.name(&bounds.topic) else { return Vec::new() };
    let Some(given) = Given::of(deliveries) else { return Vec::new() };
    let mut skips = ByPartition::<Option<Skip>>::default();
    for fact in facts.all() {
        let Did::Produced { topic: of, partition, offset, .. } = fact.did else { continue };
        if of == topic
            && let Some(by) = commits.past_offset(partition, offset)
            && !given.has(partition, offset)
        {
            let message = Message { offset, seq: fact.seq, order: fact.order };
            Skip::take(skips.entry(partition), message, by);
        }
    }
    skips
        .iter()
        .filter_map(|(partition, skip)| Some(skip.as_ref()?.shown(facts, bounds, partition)))
        .collect()
}

#[derive(Clone, Copy)]
struct Message {
    offset: i64,
    seq: u32,
    order: Option<Name>,
}

/// Messages that were given to nobody, and the commit that is the first past them.
#[derive(Clone, Copy)]
struct Skip {
    first: Message,
    messages: usize,
    by: Commit,
}

impl Skip {
    /// Keeps the first commit that skips anything, with all that it skips.
    fn take(skip: &mut Option<Self>, message: Message, by: Commit) {
        match skip {
            Some(skip) if skip.by.seq < by.seq => {}
            Some(skip) if skip.by.seq == by.seq => {
                skip.messages += 1;
                if message.offset < skip.first.offset {
                    skip.first = message;
                }
            }
            _ => *skip = Some(Self { first: message, messages: 1, by }),
        }
    }

    fn shown(&self, facts: &Facts, bounds: &OfProgress, partition: i32) -> Shown {
        let order = self.first.order.map(|order| facts.text(order));
        let first = format!(
            "{}offset {}",
            order.map(|order| format!("order {order}, ")).unwrap_or_default(),
            self.first.offset
        );
        let past = match self.messages {
            1 => format!("a message that no consumer had been given ({first})"),
            messages => format!("{messages} messages that no consumer had been given (the first: {first})"),
        };
        let sentence = format!(
            "{}/{partition}: group {} committed {} at {}, past {past}",
            bounds.topic,
            bounds.group,
            self.by.offset,
            elapsed(self.by.at),
        );
        let order = order.filter(|_| self.messages == 1).map(str::to_owned);
        Shown::new(Anomaly::OffsetSkipped, order, sentence, [self.first.seq, self.by.seq])
    }
}

/// What links saw being given to consumers: by partition, the first and last offsets of stretches without gaps.
struct Given(ByPartition<Vec<(i64, i64)>>);

impl Given {
    /// None where nothing of the topic was seen being given.
    fn of(deliveries: &Deliveries) -> Option<Self> {
        let (mut partitions, mut any) = (ByPartition::<Vec<(i64, i64)>>::default(), false);
        for (partition, stretch) in deliveries.stretches() {
            any = true;
            join(partitions.entry(partition), stretch);
        }
        for stretches in partitions.values_mut() {
            let mut given = std::mem::take(stretches);
            given.sort_unstable();
            given.into_iter().for_each(|stretch| join(stretches, stretch));
        }
        any.then_some(Self(partitions))
    }

    fn has(&self, partition: i32, offset: i64) -> bool {
        let Some(stretches) = self.0.get(partition) else { return false };
        let behind = stretches.partition_point(|(first, _)| *first <= offset);
        behind.checked_sub(1).is_some_and(|at| stretches[at].1 >= offset)
    }
}

/// Puts a stretch at the end: one with the last, where it begins in it or right behind it.
fn join(stretches: &mut Vec<(i64, i64)>, (first, last): (i64, i64)) {
    match stretches.last_mut() {
        Some(before) if before.0 <= first && first <= before.1.saturating_add(1) => {
            before.1 = before.1.max(last)
        }
        _ => stretches.push((first, last)),
    }
}
