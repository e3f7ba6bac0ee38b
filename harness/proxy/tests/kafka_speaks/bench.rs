//! A broker, a link in front of it, and clients on both sides of the link.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pitfall_environment::{Environment, KafkaServer};
use pitfall_proxy::{
    Act, KafkaEvent, KafkaSaid, Link, LinkConfig, LinkEvent, Matcher, Protocol, ProtocolFault, Wire,
};
use pitfall_warden::{Owner, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::LIMIT;

/// The broker that the tests share; started for the first of them. It ends with this process.
#[derive(Default)]
pub(crate) struct Broker {
    started: OnceCell<(Warden, KafkaServer)>,
}

impl Broker {
    /// A topic and a link of its own.
    pub(crate) async fn link(&self, topic: &'static str, partitions: i32) -> Bench {
        let start = async || {
            let warden = Warden::connect().await.unwrap();
            let started = Environment::Processes.start_kafka(&warden, Owner::Client).await;
            let kafka = started.unwrap_or_else(|error| panic!("{error}"));
            (warden, kafka)
        };
        let (_, kafka) = self.started.get_or_init(start).await;
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = events.clone();
        let config = LinkConfig {
            name: "client->kafka".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream: kafka.address,
            protocol: Protocol::Kafka,
            seed: 1,
            strict: false,
        };
        let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
        let direct = kafka.address.to_string();
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &direct).create().unwrap();
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        Bench { link, direct, events, topic }
    }
}

pub(crate) struct Bench {
    pub(crate) link: Link,
    /// The broker, not through the link.
    direct: String,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    pub(crate) topic: &'static str,
}

impl Bench {
    /// Settings of a client behind the link.
    pub(crate) fn client(&self, id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.link.address().to_string()).set("client.id", id);
        config.set("group.id", self.topic).set("reconnect.backoff.max.ms", "200");
        config
    }

    /// Adds a fault that acts so often on what the matcher takes.
    pub(crate) async fn inject(&self, kind: &'static str, on: Matcher, does: Act, times: Option<u64>) {
        let name = "fault".to_owned();
        self.link.inject(ProtocolFault { name, kind, on, does, times }).await.unwrap();
    }

    /// What the broker has committed, asked by another client.
    pub(crate) fn committed(&self, partition: i32) -> Option<i64> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.direct)
            .set("group.id", self.topic)
            .create()
            .unwrap();
        let mut asked = TopicPartitionList::new();
        asked.add_partition(self.topic, partition);
        let committed = consumer.committed_offsets(asked, LIMIT).unwrap();
        committed.elements()[0].offset().to_raw().filter(|offset| *offset >= 0)
    }

    /// How many records the broker has, asked by another client.
    pub(crate) fn records(&self, partition: i32) -> i64 {
        let consumer: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", &self.direct).create().unwrap();
        consumer.fetch_watermarks(self.topic, partition, LIMIT).unwrap().1
    }

    /// Sends one record.
    pub(crate) async fn send(&self, producer: &FutureProducer, partition: i32) -> Result<(), KafkaError> {
        let record = FutureRecord::<(), _>::to(self.topic).payload("x").partition(partition);
        timeout(LIMIT, producer.send(record, LIMIT)).await.unwrap().map(drop).map_err(|(error, _)| error)
    }

    pub(crate) fn events(&self) -> Vec<LinkEvent> {
        self.events.lock().unwrap().clone()
    }

    /// What was said.
    pub(crate) fn said(&self) -> Vec<KafkaSaid> {
        let said = self.events().into_iter().filter_map(|event| match event {
            LinkEvent::Read { what: Wire::Kafka(KafkaEvent { said, .. }), .. } => Some(said),
            LinkEvent::Blind { reason, .. } => panic!("blind: {reason}"),
            _ => None,
        });
        said.collect()
    }

    /// The errors of the commits that were told, in their order.
    pub(crate) fn commits(&self) -> Vec<Option<i16>> {
        let error = |said| match said {
            KafkaSaid::Committed { error, .. } => Some(error.map(|error| error.code())),
            _ => None,
        };
        self.said().into_iter().filter_map(error).collect()
    }

    /// What the fault did.
    pub(crate) fn bites(&self) -> Vec<String> {
        let bite = |event| if let LinkEvent::Bit { what, .. } = event { Some(what) } else { None };
        self.events().into_iter().filter_map(bite).collect()
    }

    /// Waits until it is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < LIMIT, "never {what}; told: {:#?}", self.events());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn close(self) {
        timeout(LIMIT, self.link.close()).await.unwrap();
    }
}

/// A consumer that commits, and is in no group.
#[derive(Clone)]
pub(crate) struct Committer {
    consumer: Arc<BaseConsumer>,
    topic: &'static str,
}

impl Committer {
    pub(crate) fn new(bench: &Bench, id: &str) -> Self {
        let consumer = bench.client(id).set("enable.auto.commit", "false").create().unwrap();
        Self { consumer: Arc::new(consumer), topic: bench.topic }
    }

    /// Commits these offsets and waits for the answer: from another thread.
    pub(crate) fn begin(&self, offsets: &[(i32, i64)]) -> JoinHandle<Result<(), RDKafkaErrorCode>> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in offsets {
            list.add_partition_offset(self.topic, *partition, Offset::Offset(*offset)).unwrap();
        }
        let consumer = self.consumer.clone();
        tokio::task::spawn_blocking(move || {
            consumer.commit(&list, CommitMode::Sync).map_err(|error| error.rdkafka_error_code().unwrap())
        })
    }

    pub(crate) async fn commit(&self, offsets: &[(i32, i64)]) -> Result<(), RDKafkaErrorCode> {
        timeout(LIMIT, self.begin(offsets)).await.unwrap().unwrap()
    }
}

/// Takes requests to this API.
pub(crate) fn request(wanted: &'static str) -> Matcher {
    Arc::new(move |wire| match wire {
        Wire::Kafka(KafkaEvent { said: KafkaSaid::Asked { api, .. }, .. }) if &**api == wanted => {
            Some(wanted.into())
        }
        _ => None,
    })
}

/// Takes requests to this API that name this partition.
pub(crate) fn request_about(wanted: &'static str, partition: i32) -> Matcher {
    Arc::new(move |wire| match wire {
        Wire::Kafka(KafkaEvent { said: KafkaSaid::Asked { api, partitions, .. }, .. })
            if &**api == wanted && partitions.iter().any(|(_, named)| named.contains(&partition)) =>
        {
            Some(wanted.into())
        }
        _ => None,
    })
}

/// Takes everything of its kind.
pub(crate) fn any() -> Matcher {
    Arc::new(|_| Some("any".into()))
}
