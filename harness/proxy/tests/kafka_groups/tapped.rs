//! A broker, a link in front of it, and what the link told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pitfall_environment::{Environment, KafkaServer};
use pitfall_proxy::{KafkaEvent, KafkaSaid, Link, LinkConfig, LinkEvent, Protocol, Wire};
use pitfall_warden::{Owner, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::LIMIT;

/// The broker that the tests share; started for the first of them. It ends with this process.
#[derive(Default)]
pub(crate) struct Broker {
    started: OnceCell<(Warden, KafkaServer)>,
}

impl Broker {
    /// A topic and a link of its own.
    pub(crate) async fn link(&self, topic: &'static str, partitions: i32) -> Tapped {
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
        let tapped = Tapped { link, events, topic };
        tapped.make(topic, partitions, "producer").await;
        tapped
    }
}

pub(crate) struct Tapped {
    pub(crate) link: Link,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    topic: &'static str,
}

impl Tapped {
    pub(crate) fn client(&self, id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.link.address().to_string()).set("client.id", id);
        config
    }

    /// A topic whose records the broker compresses so.
    pub(crate) async fn make(&self, topic: &str, partitions: i32, compression: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client("admin").create().unwrap();
        let new =
            NewTopic::new(topic, partitions, TopicReplication::Fixed(1)).set("compression.type", compression);
        let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
    }

    pub(crate) fn consumer(&self, id: &str, settings: &[(&str, &str)]) -> StreamConsumer {
        let mut config = self.client(id);
        config.set("group.id", self.topic).set("auto.offset.reset", "earliest");
        config.set("enable.auto.commit", "false");
        for (key, value) in settings {
            config.set(*key, *value);
        }
        let consumer: StreamConsumer = config.create().unwrap();
        consumer.subscribe(&[self.topic]).unwrap();
        consumer
    }

    /// One record into each of these partitions.
    pub(crate) async fn produce(&self, acks: &str, partitions: std::ops::Range<i32>) {
        let producer: FutureProducer =
            self.client("producer").set("acks", acks).set("linger.ms", "0").create().unwrap();
        for partition in partitions {
            let record = FutureRecord::<(), _>::to(self.topic).payload("x").partition(partition);
            producer.send(record, LIMIT).await.unwrap();
        }
    }

    /// What was said, with the clients' names.
    pub(crate) fn said(&self) -> Vec<(String, KafkaSaid)> {
        let events = self.events.lock().unwrap();
        let said = events.iter().filter_map(|event| match event {
            LinkEvent::Read { what: Wire::Kafka(KafkaEvent { client, said }), .. } => {
                Some((client.as_deref().unwrap_or_default().to_owned(), said.clone()))
            }
            LinkEvent::Blind { reason, .. } => panic!("blind: {reason}"),
            _ => None,
        });
        said.collect()
    }

    pub(crate) fn all<T>(&self, wanted: impl Fn(&str, &KafkaSaid) -> Option<T>) -> Vec<T> {
        self.said().iter().filter_map(|(client, said)| wanted(client, said)).collect()
    }

    /// Waits, while these consumers poll, until it is so.
    pub(crate) async fn until(&self, what: &str, consumers: &[&StreamConsumer], is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < LIMIT, "never {what}; said: {:#?}", self.said());
            for consumer in consumers {
                // Whatever comes: that it polls is what counts.
                let _ = timeout(Duration::from_millis(20), consumer.recv()).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How many partitions a consumer has.
pub(crate) fn assigned(consumer: &StreamConsumer) -> usize {
    consumer.assignment().unwrap().count()
}

/// Commits offset 1 of each partition that a consumer has.
pub(crate) fn commit(consumer: &StreamConsumer) -> Result<(), KafkaError> {
    let mut offsets = consumer.assignment().unwrap();
    offsets.set_all_offsets(rdkafka::Offset::Offset(1)).unwrap();
    consumer.commit(&offsets, CommitMode::Sync)
}

pub(crate) async fn close(consumer: StreamConsumer) {
    timeout(LIMIT, tokio::task::spawn_blocking(|| drop(consumer))).await.unwrap().unwrap();
}
