//! A real client (librdkafka) against its mock cluster, through a Kafka link.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pitfall_proxy::{Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);
const TOPIC: &str = "orders";

type Events = Arc<Mutex<Vec<LinkEvent>>>;

async fn link(upstream: &str, protocol: Protocol) -> (Link, Events) {
    let events = Events::default();
    let told = events.clone();
    let config = LinkConfig {
        name: "client->kafka".into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        upstream: upstream.parse().unwrap(),
        protocol,
        seed: 1,
        strict: false,
    };
    let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
    (link, events)
}

fn client(link: &Link) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", link.address().to_string());
    config.set("reconnect.backoff.max.ms", "200");
    config
}

async fn produce(producer: &FutureProducer, ids: std::ops::Range<usize>) {
    for id in ids {
        let (key, payload) = (format!("k{}", id % 7), id.to_string());
        let record = FutureRecord::to(TOPIC).key(&key).payload(&payload);
        timeout(LIMIT, producer.send(record, LIMIT)).await.unwrap().unwrap();
    }
}

/// The next message; what librdkafka says about brokers it cannot reach is passed over.
async fn next(consumer: &StreamConsumer) -> BorrowedMessage<'_> {
    loop {
        if let Ok(message) = consumer.recv().await {
            return message;
        }
    }
}

async fn consume(consumer: &StreamConsumer, count: usize) -> BTreeSet<usize> {
    let mut got = BTreeSet::new();
    while got.len() < count {
        let message = timeout(LIMIT, next(consumer)).await.unwrap();
        got.insert(std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap());
        consumer.commit_message(&message, CommitMode::Async).unwrap();
    }
    got
}

/// Where a client says the brokers are.
fn brokers(consumer: &StreamConsumer) -> Vec<String> {
    let metadata = consumer.fetch_metadata(Some(TOPIC), LIMIT).unwrap();
    metadata.brokers().iter().map(|broker| format!("{}:{}", broker.host(), broker.port())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_slips_past_the_link() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 3, 1).unwrap();
    let (link, events) = link(&cluster.bootstrap_servers(), Protocol::Kafka).await;

    let producer: FutureProducer = client(&link).create().unwrap();
    produce(&producer, 0..50).await;
    let consumer: StreamConsumer = client(&link)
        .set("group.id", "g")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    consumer.subscribe(&[TOPIC]).unwrap();
    assert_eq!(consume(&consumer, 50).await, (0..50).collect());
    assert_eq!(brokers(&consumer), [link.address().to_string()]);

    // If a single connection went elsewhere, something would still work while the link is down.
    let down =
        Toxic { name: "off".into(), kind: ToxicKind::Down, direction: Direction::Upstream, toxicity: 1.0 };
    link.add(down).await.unwrap();
    let producing = produce(&producer, 50..60);
    let cut_off = async {
        timeout(Duration::from_secs(2), next(&consumer)).await.unwrap_err();
        consumer.fetch_metadata(Some(TOPIC), Duration::from_millis(500)).map(drop).unwrap_err();
        link.remove("off").await.unwrap();
    };
    tokio::join!(producing, cut_off);
    assert_eq!(consume(&consumer, 10).await, (50..60).collect());

    drop((consumer, producer));
    timeout(LIMIT, link.close()).await.unwrap();
    let events = events.lock().unwrap();
    assert!(!events.iter().any(|event| matches!(event, LinkEvent::Blind { .. })), "{events:?}");
    let closed = events.iter().filter_map(|event| match event {
        LinkEvent::Closed { bytes_up, bytes_down, .. } => Some((*bytes_up, *bytes_down)),
        _ => None,
    });
    let (up, down) = closed.fold((0, 0), |(up, down), bytes| (up + bytes.0, down + bytes.1));
    assert!(up > 2000 && down > 2000, "{up} bytes up, {down} bytes down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_link_would_be_slipped_past() {
    // The test above is worth something only if this is so.
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let (link, _) = link(&cluster.bootstrap_servers(), Protocol::Tcp).await;
    let consumer: StreamConsumer = client(&link).set("group.id", "g").create().unwrap();
    assert_eq!(brokers(&consumer), [cluster.bootstrap_servers()]);
    drop(consumer);
    timeout(LIMIT, link.close()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toxics_act_on_a_kafka_link_too() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let (link, events) = link(&cluster.bootstrap_servers(), Protocol::Kafka).await;
    let slow = ToxicKind::Slicer { average_size: 64, size_variation: 32, delay: Duration::ZERO };
    for direction in [Direction::Upstream, Direction::Downstream] {
        let name = format!("knife {direction:?}");
        link.add(Toxic { name, kind: slow.clone(), direction, toxicity: 1.0 }).await.unwrap();
    }
    // Not with acks=0: the mock broker answers where a real one does not.
    let producer: FutureProducer = client(&link).set("enable.idempotence", "true").create().unwrap();
    produce(&producer, 0..40).await;
    let consumer: StreamConsumer =
        client(&link).set("group.id", "g").set("auto.offset.reset", "earliest").create().unwrap();
    consumer.subscribe(&[TOPIC]).unwrap();
    assert_eq!(consume(&consumer, 40).await, (0..40).collect());
    drop((producer, consumer));
    timeout(LIMIT, link.close()).await.unwrap();
    let events = events.lock().unwrap();
    assert!(!events.iter().any(|event| matches!(event, LinkEvent::Blind { .. })), "{events:?}");
}
