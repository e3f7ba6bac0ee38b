//! Looks whether partitions hold any more message: markers of transactions take up offsets too.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rdkafka::{Message, error::KafkaError};

use super::client::{self, Offsets, Partition};

/// Those partitions that, read from the given offsets with a fresh consumer, end without a message. Blocking.
///
/// A fresh consumer, because the end that the tap's own one has met may be older than the question.
pub(super) fn silent(
    bootstrap: &str,
    settings: &BTreeMap<String, String>,
    from: Offsets,
    limit: Duration,
) -> Vec<Partition> {
    let until = Instant::now() + limit;
    let mut topics: BTreeMap<String, Offsets> = BTreeMap::new();
    for (partition, offset) in from {
        topics.entry(partition.0.clone()).or_default().insert(partition, offset);
    }
    // One topic each, because librdkafka tells the end of a partition by its number alone.
    topics.into_iter().flat_map(|(topic, from)| of_topic(bootstrap, settings, &topic, from, until)).collect()
}

fn of_topic(
    bootstrap: &str,
    settings: &BTreeMap<String, String>,
    topic: &str,
    mut open: Offsets,
    until: Instant,
) -> Vec<Partition> {
    let mut silent = Vec::new();
    let Ok(consumer) = client::consumer(bootstrap, settings, true) else { return silent };
    if client::assign(&consumer, &open).is_err() {
        return silent;
    }
    while !open.is_empty() && Instant::now() < until {
        match consumer.poll(Duration::from_millis(50)) {
            Some(Ok(message)) => {
                open.remove(&(topic.to_owned(), message.partition()));
            }
            Some(Err(KafkaError::PartitionEOF(number))) => {
                let partition = (topic.to_owned(), number);
                if open.remove(&partition).is_some() {
                    silent.push(partition);
                }
            }
            Some(Err(_)) | None => {}
        }
    }
    silent
}
