//! The broker: topics can be made, groups work at once, nothing is made by accident.

use std::time::{Duration, Instant};

use futures::FutureExt;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use pitfall_environment::{Environment, KafkaServer};
use pitfall_warden::{Owner, Warden};

use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("kafka::group_reads_and_commits", |environment| group_reads_and_commits(environment).boxed_local()),
    ("kafka::topics_have_exact_settings", |environment| {
        topics_have_exact_settings(environment).boxed_local()
    }),
    ("kafka::unknown_topics_are_not_made", |environment| {
        unknown_topics_are_not_made(environment).boxed_local()
    }),
    ("kafka::a_stopped_broker_comes_back_with_port_and_data", |environment| {
        comes_back(environment, true).boxed_local()
    }),
    ("kafka::a_killed_broker_comes_back_with_port_and_data", |environment| {
        comes_back(environment, false).boxed_local()
    }),
    ("kafka::a_paused_broker_is_silent_until_it_goes_on", |environment| paused(environment).boxed_local()),
];

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("message.timeout.ms", "5000");
    config
}

async fn group_reads_and_commits(environment: Environment) {
    let (_warden, environment) = shared(environment).await;
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

async fn unknown_topics_are_not_made(environment: Environment) {
    let (_warden, environment) = shared(environment).await;
    let producer: FutureProducer = config(&environment.kafka.address.to_string())
        .set("message.timeout.ms", "1000")
        .create()
        .expect("a producer");

    let sent =
        producer.send(FutureRecord::<(), _>::to("nobody-made-this").payload("x"), Duration::ZERO).await;

    assert!(sent.is_err());
}

async fn make(server: &KafkaServer, topic: &NewTopic<'_>) -> AdminClient<DefaultClientContext> {
    let admin: AdminClient<DefaultClientContext> =
        config(&server.address.to_string()).create().expect("a client");
    let made = admin.create_topics([topic], &AdminOptions::new()).await.expect("the broker answers");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    admin
}

async fn topics_have_exact_settings(environment: Environment) {
    let (_warden, started) = shared(environment).await;
    let name = format!("exact-{}", std::process::id());
    let wanted =
        [("retention.ms", "604800000"), ("max.message.bytes", "2048"), ("cleanup.policy", "compact")];
    let topic = NewTopic::new(&name, 7, TopicReplication::Fixed(1));
    let topic = wanted.iter().fold(topic, |topic, (key, value)| topic.set(key, value));

    let admin = make(&started.kafka, &topic).await;

    let found = admin.describe_configs([&ResourceSpecifier::Topic(&name)], &AdminOptions::new()).await;
    let found = found.expect("the broker answers").remove(0).expect("it is there");
    let value = |key: &str| found.get(key).and_then(|entry| entry.value.clone());
    for (key, wanted) in wanted {
        assert_eq!(value(key).as_deref(), Some(wanted), "{key}");
    }
    let consumer: BaseConsumer = config(&started.kafka.address.to_string()).create().expect("a client");
    let metadata = consumer.fetch_metadata(Some(&name), Duration::from_secs(10)).expect("the broker answers");
    assert_eq!(metadata.topics()[0].partitions().len(), 7);
}

/// A broker of one's own with one message in a topic.
async fn own(environment: Environment) -> (Warden, KafkaServer) {
    let warden = Warden::connect().await.expect("the warden starts");
    let server = environment.start_kafka(&warden, Owner::Client).await;
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    make(&server, &NewTopic::new("kept", 1, TopicReplication::Fixed(1))).await;
    let producer: FutureProducer = config(&server.address.to_string()).create().expect("a producer");
    let record = FutureRecord::to("kept").key("1").payload("placed");
    producer.send(record, Duration::from_secs(10)).await.expect("it is stored");
    (warden, server)
}

async fn comes_back(environment: Environment, in_order: bool) {
    let (warden, mut server) = own(environment).await;
    let address = server.address;

    if in_order { server.server.stop(&warden).await } else { server.server.kill(&warden).await }
        .expect("it ends");
    assert!(!answers(&server, Duration::from_secs(1)).await, "it answers although it has ended");
    server.start(&warden).await.unwrap_or_else(|error| panic!("{error}"));
    server.ready(&warden).await.unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(server.address, address);
    let consumer: StreamConsumer =
        config(&address.to_string()).set("group.id", "x").create().expect("a consumer");
    let mut all = TopicPartitionList::new();
    all.add_partition_offset("kept", 0, Offset::Beginning).expect("an offset");
    consumer.assign(&all).expect("it is assigned");
    let message = tokio::time::timeout(Duration::from_secs(30), consumer.recv()).await;
    assert_eq!(message.expect("it is kept").expect("it is kept").payload(), Some(&b"placed"[..]));
}

async fn paused(environment: Environment) {
    let (warden, server) = own(environment).await;

    server.server.pause(&warden).await.expect("it stands still");
    assert!(!answers(&server, Duration::from_secs(2)).await, "a paused broker answers");
    server.server.resume(&warden).await.expect("it goes on");

    let start = Instant::now();
    while !answers(&server, Duration::from_secs(2)).await {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not go on");
    }
}

/// Whether a new client gets an answer within this time.
async fn answers(server: &KafkaServer, limit: Duration) -> bool {
    let config = config(&server.address.to_string());
    let asked = tokio::task::spawn_blocking(move || {
        let client: BaseConsumer = config.create().expect("a client");
        client.fetch_metadata(Some("kept"), limit).is_ok()
    });
    asked.await.expect("it ends")
}
