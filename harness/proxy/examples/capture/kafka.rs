//! Kafka: the clients of `tests/kafka_clients/`, and rdkafka, with a real broker.

use std::net::SocketAddr;
use std::path::Path;

use pitfall_environment::Environment;
use pitfall_proxy::Protocol;
use pitfall_warden::{Owner, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::process::Command;
use tokio::time::timeout;

use crate::installed::{Client, Library, compiler};
use crate::relay::{Captured, emptied};
use crate::{Failure, LIMIT};

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
/// Of each compression.
const RECORDS: usize = 8;

const CASES: [(&str, Library, &str); 6] = [
    ("java-classic", Library::Java, "classic"),
    ("java-consumer", Library::Java, "consumer"),
    ("java-2.8.1-classic", Library::OlderJava, "classic"),
    ("confluent-classic", Library::ConfluentKafka, "classic"),
    ("confluent-consumer", Library::ConfluentKafka, "consumer"),
    ("aiokafka-classic", Library::Aiokafka, "classic"),
];

pub(crate) async fn capture(directory: &Path) -> Result<(), Failure> {
    let directory = emptied(directory)?;
    let warden = Warden::connect().await?;
    let scratch = warden.scratch(Owner::Client, "capture").await?;
    // The programs wait for it.
    let go = scratch.join("go");
    std::fs::write(&go, "")?;
    let broker = Environment::Processes.start_kafka(&warden, Owner::Client).await?.address;
    for (name, library, groups) in CASES {
        make(broker, name).await?;
        let captured = Captured::open(broker, Protocol::Kafka).await?;
        let mut command = match Client::find(library)? {
            Client::Java { java, class_path } => {
                run(Command::new(&java).args(compiler(&scratch))).await?;
                let mut command = Command::new(java);
                command.args(["-cp", &format!("{}:{class_path}", scratch.display()), "Client"]);
                command
            }
            Client::Python { python, script } => {
                let mut command = Command::new(python);
                command.arg(script);
                command
            }
        };
        command.args([&captured.address().to_string(), name, groups]).arg(&go);
        run(command.arg(RECORDS.to_string()).args(CODECS)).await?;
        captured.close(&directory, name).await?;
    }
    let captured = Captured::open(broker, Protocol::Kafka).await?;
    rdkafka(captured.address()).await?;
    captured.close(&directory, "rdkafka").await
}

async fn run(command: &mut Command) -> Result<(), Failure> {
    let output = timeout(LIMIT, command.kill_on_drop(true).output()).await??;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

async fn make(at: SocketAddr, topic: &str) -> Result<(), Failure> {
    let mut config = ClientConfig::new();
    let admin: AdminClient<DefaultClientContext> =
        config.set("bootstrap.servers", at.to_string()).create()?;
    let new = NewTopic::new(topic, 2, TopicReplication::Fixed(1));
    admin.create_topics([&new], &AdminOptions::new()).await?;
    Ok(())
}

/// Also without acknowledgements, idempotent, and in a transaction.
async fn rdkafka(at: SocketAddr) -> Result<(), Failure> {
    make(at, "rdkafka").await?;
    for (client_id, key, value) in [
        ("unheard", "acks", "0"),
        ("careful", "enable.idempotence", "true"),
        ("whole", "transactional.id", "t"),
    ] {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", at.to_string()).set("client.id", client_id).set(key, value);
        let producer: FutureProducer = config.create()?;
        if client_id == "whole" {
            use rdkafka::producer::Producer;
            producer.init_transactions(LIMIT)?;
            producer.begin_transaction()?;
        }
        for id in 0..RECORDS {
            let (key, payload) = (id.to_string(), "x".repeat(10 * id));
            let record = FutureRecord::to("rdkafka").key(&key).payload(&payload);
            producer.send(record, LIMIT).await.map_err(|(error, _)| error)?;
        }
        if client_id == "whole" {
            use rdkafka::producer::Producer;
            producer.commit_transaction(LIMIT)?;
        }
    }
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", at.to_string()).set("group.id", "rdkafka").set("client.id", "consumer");
    config.set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    let consumer: StreamConsumer = config.create()?;
    consumer.subscribe(&["rdkafka"])?;
    // What was produced without acknowledgements may not have come.
    for _ in 0..2 * RECORDS {
        let message = timeout(LIMIT, consumer.recv()).await??;
        consumer.commit_message(&message, CommitMode::Sync)?;
    }
    tokio::task::spawn_blocking(|| drop(consumer)).await?;
    Ok(())
}
