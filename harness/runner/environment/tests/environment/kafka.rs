//! The broker: topics can be made, groups work at once, nothing is made by accident.

use std::time::Duration;

use futures::FutureExt;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message};

use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("kafka::group_reads_and_commits", || group_reads_and_commits().boxed()),
    ("kafka::unknown_topics_are_not_made", || unknown_topics_are_not_made().boxed()),
];

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("message.timeout.ms", "5000");
    config
}

async fn group_reads_and_commits() {
    let (_warden, environment) = shared().await;
    let config = config(&environment.kafka.address.to_string());
    let topic = format!("orders-{}", std::process::id());
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    let new = NewTopic::new(&topic, 2, TopicReplication::Fixed(1));
    let made = admin.create_topics([&new], &AdminOptions::new()).await.expect("the broker answers");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let producer: FutureProducer = config.create().expect("a producer");
    let record = FutureRecord::to(&topic).key("1").payload("placed");
    producer.send(record, Duration::from_secs(5)).await.expect("it is stored");

    let consumer: StreamConsumer = config
        .clone()
        .set("group.id", &topic)
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "300")
        .set("max.poll.interval.ms", "300")
        .set("heartbeat.interval.ms", "50")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[&topic]).expect("it subscribes");
    // Such a short session may end on a busy machine: then the message comes again.
    let read_and_committed = async {
        loop {
            let message = consumer.recv().await.expect("a message");
            if consumer.commit_message(&message, CommitMode::Sync).is_ok() {
                return message.payload().map(<[u8]>::to_vec);
            }
        }
    };
    let payload = tokio::time::timeout(Duration::from_secs(20), read_and_committed).await;

    assert_eq!(payload.expect("scaled sessions are allowed"), Some(b"placed".to_vec()));
}

async fn unknown_topics_are_not_made() {
    let (_warden, environment) = shared().await;
    let producer: FutureProducer = config(&environment.kafka.address.to_string())
        .set("message.timeout.ms", "1000")
        .create()
        .expect("a producer");

    let sent =
        producer.send(FutureRecord::<(), _>::to("nobody-made-this").payload("x"), Duration::ZERO).await;

    assert!(sent.is_err());
}
