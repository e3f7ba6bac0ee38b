//! Our own types, on Kafka and MariaDB as processes: what `ci/setup` installs.

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use pitfall_environment::{Environment, direct};
use pitfall_warden::{Owner, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::json;
use tokio::time::timeout;

use crate::messages::{LIMIT, proxy, toxic};
use crate::server::Server;

pub(crate) async fn a_commit_of_kafka(server: &Server) {
    let warden = Warden::connect().await.unwrap();
    let started = Environment::Processes.start_kafka(&warden, Owner::Client).await;
    let kafka = started.unwrap_or_else(|error| panic!("{error}"));
    let direct = kafka.address.to_string();
    let listen = proxy(server, "kafka", &direct).await;
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &direct).create().unwrap();
    let new = NewTopic::new("t", 2, TopicReplication::Fixed(1));
    let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let consumer = |at: &str| {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", at).set("group.id", "g").set("client.id", "c");
        Arc::new(config.set("enable.auto.commit", "false").create::<BaseConsumer>().unwrap())
    };
    let through = consumer(&listen);
    let commit = async |partition, offset| {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("t", partition, Offset::Offset(offset)).unwrap();
        let consumer = Arc::clone(&through);
        let commit = tokio::task::spawn_blocking(move || {
            consumer.commit(&list, CommitMode::Sync).map_err(|error| error.rdkafka_error_code().unwrap())
        });
        timeout(LIMIT, commit).await.unwrap().unwrap()
    };
    let beside = consumer(&direct);
    let committed = async |partition| {
        let (beside, mut list) = (Arc::clone(&beside), TopicPartitionList::new());
        list.add_partition("t", partition);
        let asked = tokio::task::spawn_blocking(move || beside.committed_offsets(list, LIMIT).unwrap());
        let offset = asked.await.unwrap().elements()[0].offset();
        offset.to_raw().filter(|offset| *offset >= 0)
    };
    let wanted = json!({ "api": "OffsetCommit", "group": "g", "topic": "t", "partition": 1, "client": "c" });
    let attributes = json!({ "on": "kafka-request", "match": wanted, "code": 25 });
    toxic(server, "kafka_error", attributes).await;
    assert_eq!(commit(0, 5).await, Ok(()));
    assert_eq!(commit(1, 6).await, Err(RDKafkaErrorCode::UnknownMemberId));
    assert_eq!((committed(0).await, committed(1).await), (Some(5), None));
    server.api.silent("DELETE", "/proxies/a/toxics/x").await;
    // Now the broker acts, and the answer is a lie.
    let attributes = json!({ "on": "offset-commit", "match": { "partition": 1, "error": 0 }, "code": 25 });
    toxic(server, "kafka_error", attributes).await;
    assert_eq!(commit(1, 7).await, Err(RDKafkaErrorCode::UnknownMemberId));
    assert_eq!(committed(1).await, Some(7));
    server.api.silent("DELETE", "/proxies/a/toxics/x").await;
    assert_eq!(commit(1, 8).await, Ok(()));
}

pub(crate) async fn a_statement_rolls_back(server: &Server) {
    let warden = Warden::connect().await.unwrap();
    let started = Environment::Processes.start_pair(&warden, Owner::Client, &direct).await;
    let pair = started.unwrap_or_else(|error| panic!("{error}"));
    let options = |ip: String, port| {
        let options = OptsBuilder::default().ip_or_hostname(ip).tcp_port(port).prefer_socket(false);
        options.user(Some(&pair.harness.user)).pass(Some(&pair.harness.password))
    };
    let source = pair.source.address;
    let mut beside = Conn::new(options(source.ip().to_string(), source.port())).await.unwrap();
    beside.query_drop("CREATE DATABASE messages").await.unwrap();
    beside.query_drop("CREATE TABLE messages.orders (id BIGINT PRIMARY KEY)").await.unwrap();
    let listen = proxy(server, "mysql", source).await;
    let (ip, port) = listen.rsplit_once(':').unwrap();
    let through = options(ip.to_owned(), port.parse().unwrap()).db_name(Some("messages"));
    let mut client = Conn::new(through).await.unwrap();
    let wanted = json!({ "database": "messages", "text": "^INSERT .*\\(2\\)$" });
    let attributes = json!({ "on": "statement", "match": wanted, "code": 1213, "sqlstate": "40001", "message": "Deadlock" });
    toxic(server, "mysql_error", attributes).await;
    client.query_drop("BEGIN").await.unwrap();
    client.query_drop("INSERT INTO orders VALUES (1)").await.unwrap();
    let error = client.query_drop("INSERT INTO orders VALUES (2)").await.unwrap_err();
    let mysql_async::Error::Server(error) = error else { panic!("{error}") };
    assert_eq!((error.code, error.state.as_str(), error.message.as_str()), (1213, "40001", "Deadlock"));
    client.query_drop("COMMIT").await.unwrap();
    let ids =
        async |beside: &mut Conn| beside.query::<i64, _>("SELECT id FROM messages.orders").await.unwrap();
    assert!(ids(&mut beside).await.is_empty());
    server.api.silent("DELETE", "/proxies/a/toxics/x").await;
    client.query_drop("INSERT INTO orders VALUES (2)").await.unwrap();
    assert_eq!(ids(&mut beside).await, [2]);
}
