//! The commits tap: every commit that the run's groups make, as `__consumer_offsets` has it.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};

use super::{
    client::{self, Partition},
    follower::Follower,
    offsets,
};
use crate::{
    recorder::Recorder,
    tap::{Tap, TapError, Who},
};

const TOPIC: &str = "__consumer_offsets";
/// A fresh broker makes the topic first.
const FIRST: Duration = Duration::from_secs(30);

/// What the commits tap follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitsInput {
    /// The cluster itself, never a link to it.
    pub bootstrap: String,
    /// Further settings of librdkafka (security).
    pub settings: BTreeMap<String, String>,
    /// Real name of a group to the scenario's.
    pub groups: BTreeMap<String, String>,
    /// Real name of a topic to the scenario's; commits of other topics are left out.
    pub topics: BTreeMap<String, String>,
}

/// Records a [`What::Committed`] for each commit from its start on. Commits of a transaction are seen when it
/// is committed.
#[derive(Debug)]
pub struct CommitsTap {
    follower: Follower,
}

impl CommitsTap {
    /// Begins at the present end of those partitions of `__consumer_offsets` that hold the run's groups.
    pub async fn start(recorder: Recorder, input: CommitsInput) -> Result<Self, TapError> {
        let who = Who { tap: "commits", server: input.bootstrap.clone() };
        let started = tokio::task::spawn_blocking({
            let who = who.clone();
            move || begin(recorder, input, who)
        });
        let follower = started.await.map_err(|error| who.unreachable("start", error))??;
        Ok(Self { follower })
    }
}

fn begin(recorder: Recorder, input: CommitsInput, who: Who) -> Result<Follower, TapError> {
    let CommitsInput { bootstrap, settings, groups, topics } = input;
    let asking = client::consumer(&bootstrap, &settings, false)
        .map_err(|error| who.unreachable("make a consumer", error))?;
    let count = partitions(&asking).map_err(|error| who.unreachable(format!("find {TOPIC}"), error))?;
    // Groups may share one, and a broker refuses to be asked twice about it.
    let mine: BTreeSet<Partition> =
        groups.keys().map(|group| (TOPIC.to_owned(), offsets::partition_of(group, count))).collect();
    let from = client::ends(&asking, &mine, FIRST)
        .map_err(|error| who.unreachable(format!("learn the ends of {TOPIC}"), error))?;
    Follower::start(who, settings, asking, from, move |message| {
        let Some(key) = message.key() else { return Ok(()) };
        let commit = offsets::decode(key, message.payload()).map_err(|error| error.to_string())?;
        let Some(commit) = commit else { return Ok(()) };
        if let (Some(group), Some(topic)) = (groups.get(&commit.group), topics.get(&commit.topic)) {
            let (group, topic) = (group.clone(), topic.clone());
            let (partition, offset) = (commit.partition, commit.offset);
            recorder.record(Place::default(), What::Committed { group, topic, partition, offset });
        }
        Ok(())
    })
}

/// How many partitions the topic has, once all of them have a leader.
fn partitions(consumer: &BaseConsumer) -> Result<i32, String> {
    let until = Instant::now() + FIRST;
    let mut asked = TopicPartitionList::new();
    asked.add_partition_offset(TOPIC, 0, Offset::Invalid).map_err(|error| error.to_string())?;
    loop {
        let last = match consumer.fetch_metadata(Some(TOPIC), Duration::from_secs(5)) {
            Ok(metadata) => match metadata.topics().first() {
                Some(topic) if topic.partitions().iter().any(|partition| partition.leader() < 0) => {
                    "a partition without a leader".to_owned()
                }
                Some(topic) if !topic.partitions().is_empty() => {
                    return i32::try_from(topic.partitions().len()).map_err(|error| error.to_string());
                }
                _ => "no such topic yet".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        if Instant::now() >= until {
            return Err(format!("not there within {FIRST:?}; last seen: {last}"));
        }
        // Asking for the commits of any group makes the broker create the topic.
        let _ = consumer.committed_offsets(asked.clone(), Duration::from_secs(1));
        thread::sleep(Duration::from_millis(50));
    }
}

impl Tap for CommitsTap {
    fn name(&self) -> String {
        self.follower.who.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        self.follower.catch_up(limit).boxed()
    }

    fn failed(&self) -> Option<String> {
        self.follower.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.follower.stop().boxed()
    }
}
