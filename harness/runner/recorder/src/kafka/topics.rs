//! The topics tap: reads back every message of the run's topics, whoever wrote it.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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

/// A topic to read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The scenario's name, which goes into the events.
    pub name: String,
    /// The topic's real name.
    pub real: String,
    /// Number of partitions that it has already; 0 for one that is not there yet.
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
pub struct TopicsTap {
    recorder: Recorder,
    input: Arc<TopicsInput>,
    /// The first reads what was there at first, each other what came later.
    followers: Mutex<Vec<Arc<Follower>>>,
}

impl TopicsTap {
    /// Begins to read. Of a topic without partitions there is nothing yet.
    pub async fn start(recorder: Recorder, input: TopicsInput) -> Result<Self, TapError> {
        let all = input.topics.iter();
        let from =
            all.flat_map(|topic| (0..topic.partitions).map(|partition| (topic.real.clone(), partition)));
        let from = from.map(|partition| (partition, 0)).collect();
        let tap = Self { recorder, input: Arc::new(input), followers: Mutex::default() };
        tap.follow(from).await?;
        Ok(tap)
    }

    /// Also reads these partitions of one of the topics, which came into being just now.
    ///
    /// # Errors
    /// When the cluster does not come to know them.
    pub async fn also(&self, real: &str, partitions: Range<i32>) -> Result<(), TapError> {
        self.follow(partitions.map(|partition| ((real.to_owned(), partition), 0)).collect()).await
    }

    async fn follow(&self, from: Offsets) -> Result<(), TapError> {
        if from.is_empty() {
            return Ok(());
        }
        let who = Who { tap: "topics", server: self.input.bootstrap.clone() };
        let (recorder, input) = (self.recorder.clone(), Arc::clone(&self.input));
        let started = tokio::task::spawn_blocking({
            let who = who.clone();
            move || begin(recorder, &input, from, who)
        });
        let follower = started.await.map_err(|error| who.unreachable("start", error))??;
        self.lock().push(Arc::new(follower));
        Ok(())
    }

    fn all(&self) -> Vec<Arc<Follower>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Follower>>> {
        // Whoever panicked has added a follower, or has not.
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begin(recorder: Recorder, input: &TopicsInput, from: Offsets, who: Who) -> Result<Follower, TapError> {
    let asking = client::consumer(&input.bootstrap, &input.settings, false)
        .map_err(|error| who.unreachable("make a consumer", error))?;
    // Proves that the cluster is there and knows every partition.
    client::ends(&asking, from.keys(), FIRST)
        .map_err(|error| who.unreachable("find the run's topics", error))?;
    let topics: BTreeMap<String, Topic> =
        input.topics.iter().map(|topic| (topic.real.clone(), topic.clone())).collect();
    Follower::start(who, input.settings.clone(), asking, from, move |message| {
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
        Who { tap: "topics", server: self.input.bootstrap.clone() }.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        let caught_up = async move {
            for follower in self.all() {
                follower.catch_up(limit).await?;
            }
            Ok(())
        };
        caught_up.boxed()
    }

    fn failed(&self) -> Option<String> {
        self.all().iter().find_map(|follower| follower.failed())
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let stopped = async move {
            for follower in self.all() {
                follower.stop().await;
            }
        };
        stopped.boxed()
    }
}
