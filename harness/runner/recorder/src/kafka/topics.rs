//! The topics tap: reads back every message of the run's topics, whoever wrote it.

use std::{collections::BTreeMap, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use rdkafka::{Message, message::BorrowedMessage};
use serde_json::Value;

use super::{
    client::{self, Offsets},
    follower::Follower,
};
use crate::{
    recorder::Recorder,
    tap::{Tap, TapError, Who},
};

/// How long the first answer of the cluster may take.
const FIRST: Duration = Duration::from_secs(60);

/// A topic to read back. It exists already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The scenario's name, which goes into the events.
    pub name: String,
    /// The topic's real name.
    pub real: String,
    /// Number of partitions.
    pub partitions: i32,
    /// JSON pointer to the order id within a message, e.g. `/order_id`.
    pub order: Option<String>,
    /// JSON pointer to the status within a message.
    pub status: Option<String>,
    /// JSON pointer to the version within a message.
    pub version: Option<String>,
}

/// What the topics tap reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicsInput {
    /// The cluster itself, never a link to it.
    pub bootstrap: String,
    /// Further settings of librdkafka (security).
    pub settings: BTreeMap<String, String>,
    /// The run's topics.
    pub topics: Vec<Topic>,
}

/// Records a [`What::Produced`] for each message from offset 0 on. A message of a rolled back transaction
/// does not stand in the topic; one that is not JSON has no order.
#[derive(Debug)]
pub struct TopicsTap {
    follower: Follower,
}

impl TopicsTap {
    /// Begins to read.
    pub async fn start(recorder: Recorder, input: TopicsInput) -> Result<Self, TapError> {
        let who = Who { tap: "topics", server: input.bootstrap.clone() };
        let started = tokio::task::spawn_blocking({
            let who = who.clone();
            move || begin(recorder, input, who)
        });
        let follower = started.await.map_err(|error| who.unreachable("start", error))??;
        Ok(Self { follower })
    }
}

fn begin(recorder: Recorder, input: TopicsInput, who: Who) -> Result<Follower, TapError> {
    let asking = client::consumer(&input.bootstrap, &input.settings, false)
        .map_err(|error| who.unreachable("make a consumer", error))?;
    let from: Offsets = input
        .topics
        .iter()
        .flat_map(|topic| (0..topic.partitions).map(|partition| ((topic.real.clone(), partition), 0)))
        .collect();
    // Proves that the cluster is there and knows every partition.
    client::ends(&asking, from.keys(), FIRST)
        .map_err(|error| who.unreachable("find the run's topics", error))?;
    let topics: BTreeMap<String, Topic> =
        input.topics.into_iter().map(|topic| (topic.real.clone(), topic)).collect();
    Follower::start(who, input.settings, asking, from, move |message| {
        if let Some(topic) = topics.get(message.topic()) {
            let (place, what) = produced(topic, message);
            recorder.record(place, what);
        }
        Ok(())
    })
}

fn produced(topic: &Topic, message: &BorrowedMessage<'_>) -> (Place, What) {
    let value = message.payload().and_then(|payload| serde_json::from_slice::<Value>(payload).ok());
    let at = |pointer: &Option<String>| text(value.as_ref()?.pointer(pointer.as_deref()?)?);
    let what = What::Produced {
        topic: topic.name.clone(),
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(|key| String::from_utf8_lossy(key).into_owned()),
        status: at(&topic.status),
        version: at(&topic.version),
        bytes: (message.key_len() + message.payload_len()) as u64,
    };
    (Place::order(at(&topic.order)), what)
}

/// Ids are joined as text: `7` and `"7"` are one order.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Tap for TopicsTap {
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
