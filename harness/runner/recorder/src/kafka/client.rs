//! A consumer that belongs to no group and commits nothing, and the ends of partitions.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaResult,
};

/// A partition of a topic, by the topic's real name.
pub(super) type Partition = (String, i32);

/// Partition to offset: the next to be read, or the end.
pub(super) type Offsets = BTreeMap<Partition, i64>;

/// Between two questions to a cluster that has no answer yet.
const AGAIN: Duration = Duration::from_millis(20);

/// A question that has no answer by then is asked anew: it may wait for a broker that is dead, where another leads by now.
const ANSWER: Duration = Duration::from_secs(2);

/// `settings` are librdkafka's own, for clusters that want more than an address; they win.
pub(super) fn consumer(
    bootstrap: &str,
    settings: &BTreeMap<String, String>,
    end_of_partition: bool,
) -> KafkaResult<BaseConsumer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("client.id", "pitfall-tap")
        // librdkafka wants a name before it assigns; the group is never joined.
        .set("group.id", "pitfall-tap")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("allow.auto.create.topics", "false")
        // What a rolled back transaction wrote never happened.
        .set("isolation.level", "read_committed")
        // A hole is an error, never a jump.
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", if end_of_partition { "true" } else { "false" })
        .set("fetch.wait.max.ms", "50")
        .set("fetch.error.backoff.ms", "50")
        // A broker that stands still is left for those that lead in its place.
        .set("socket.timeout.ms", "10000")
        .set("topic.metadata.refresh.interval.ms", "2000")
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "200")
        .set("log_level", "3");
    for (key, value) in settings {
        config.set(key, value);
    }
    config.create()
}

/// Where each partition ends now. Blocking; asked again while the cluster has no answer, as after a topic's
/// creation or a broker's restart.
pub(super) fn ends<'a>(
    consumer: &BaseConsumer,
    partitions: impl IntoIterator<Item = &'a Partition> + Clone,
    limit: Duration,
) -> Result<Offsets, String> {
    let until = Instant::now() + limit;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match ask(consumer, partitions.clone(), left.min(ANSWER)) {
            Err(_) if left > AGAIN => thread::sleep(AGAIN),
            last => return last,
        }
    }
}

fn ask<'a>(
    consumer: &BaseConsumer,
    partitions: impl IntoIterator<Item = &'a Partition>,
    limit: Duration,
) -> Result<Offsets, String> {
    let mut asked = TopicPartitionList::new();
    for (topic, partition) in partitions {
        // As a time, `End` is Kafka's "latest".
        asked.add_partition_offset(topic, *partition, Offset::End).map_err(|error| error.to_string())?;
    }
    let told = consumer.offsets_for_times(asked, limit).map_err(|error| error.to_string())?;
    let mut ends = Offsets::new();
    for told in told.elements() {
        let (topic, partition) = (told.topic().to_owned(), told.partition());
        match (told.error(), told.offset()) {
            (Ok(()), Offset::Offset(end)) => {
                ends.insert((topic, partition), end);
            }
            (Ok(()), other) => return Err(format!("{topic}/{partition} ends at {other:?}")),
            (Err(error), _) => return Err(format!("{topic}/{partition}: {error}")),
        }
    }
    Ok(ends)
}

/// Reads from the given offsets on.
pub(super) fn assign(consumer: &BaseConsumer, from: &Offsets) -> KafkaResult<()> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in from {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    consumer.assign(&list)
}
