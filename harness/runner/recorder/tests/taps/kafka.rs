//! The topics tap, the commits tap and the groups tap.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use pitfall_model::{Event, What};
use pitfall_recorder::{
    CommitsInput, CommitsTap, GroupsInput, GroupsTap, Tap, Topic, TopicsInput, TopicsTap,
};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer},
    producer::{FutureProducer, FutureRecord, Producer},
};

use crate::{
    Named,
    world::{LIMIT, World},
};

pub(crate) const TRIALS: &[Named] = &[
    ("messages_are_read_back", |world| Box::pin(messages(world))),
    ("partitions_that_come_later_are_read_too", |world| Box::pin(later(world))),
    ("commits_are_read_from_the_broker", |world| Box::pin(commits(world))),
    ("transactions_count_when_committed", |world| Box::pin(transactions(world))),
    ("groups_of_both_protocols_are_looked_at", |world| Box::pin(groups(world))),
];

fn config(world: &World) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", world.bootstrap());
    config
}

/// A topic of three partitions.
async fn topic(world: &World) -> String {
    let real = format!("{}-order", world.run);
    let admin: AdminClient<DefaultClientContext> = config(world).create().unwrap();
    let new = NewTopic::new(&real, 3, TopicReplication::Fixed(1));
    admin.create_topics(&[new], &AdminOptions::new()).await.unwrap();
    real
}

async fn topics_tap(world: &World, real: &str) -> TopicsTap {
    let topic = Topic {
        name: "order".into(),
        real: real.into(),
        partitions: 3,
        order: Some("/order_id".into()),
        status: Some("/status".into()),
        version: None,
    };
    let input = TopicsInput { bootstrap: world.bootstrap(), settings: BTreeMap::new(), topics: vec![topic] };
    TopicsTap::start(world.recorder.clone(), input).await.unwrap()
}

async fn commits_tap(world: &World, group: &str, topic: &str) -> CommitsTap {
    // More groups than `__consumer_offsets` has partitions: some share one.
    let others = (0..4).map(|n| (format!("{group}-{n}"), n.to_string()));
    let input = CommitsInput {
        bootstrap: world.bootstrap(),
        settings: BTreeMap::new(),
        groups: others.chain([(group.to_owned(), "g".to_owned())]).collect(),
        topics: BTreeMap::from([(topic.to_owned(), "order".to_owned())]),
    };
    CommitsTap::start(world.recorder.clone(), input).await.unwrap()
}

async fn send(producer: &FutureProducer, topic: &str, value: &str) {
    let record = FutureRecord::to(topic).partition(0).key("k").payload(value);
    producer.send(record, LIMIT).await.unwrap();
}

fn offsets(topic: &str, partition: i32, offset: i64) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
    list
}

/// Order, status, offset.
fn produced(event: &Event) -> Option<(Option<String>, Option<String>, i64)> {
    match &event.what {
        What::Produced { status, offset, .. } => Some((event.order.clone(), status.clone(), *offset)),
        _ => None,
    }
}

/// Partition, offset.
fn committed(event: &Event) -> Option<(i32, i64)> {
    match &event.what {
        What::Committed { partition, offset, .. } => Some((*partition, *offset)),
        _ => None,
    }
}

async fn messages(world: &World) {
    let real = topic(world).await;
    let producer: FutureProducer = config(world).create().unwrap();
    send(&producer, &real, r#"{"order_id": 7, "status": "placed"}"#).await;
    let tap = topics_tap(world, &real).await;
    send(&producer, &real, r#"{"order_id": "A1"}"#).await;
    send(&producer, &real, "no JSON").await;
    tap.catch_up(LIMIT).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let expected = [(text("7"), text("placed"), 0), (text("A1"), None, 1), (None, None, 2)];
    assert_eq!(world.seen(produced), expected);
    tap.stop().await;
    tap.stop().await;
    assert_eq!(tap.failed(), None);
}

async fn later(world: &World) {
    let real = topic(world).await;
    let admin: AdminClient<DefaultClientContext> = config(world).create().unwrap();
    let other = format!("{}-other", world.run);
    let read = |real: &str, name: &str, partitions| Topic {
        name: name.into(),
        real: real.into(),
        partitions,
        order: Some("/order_id".into()),
        status: None,
        version: None,
    };
    let topics = vec![read(&real, "order", 3), read(&other, "other", 0)];
    let input = TopicsInput { bootstrap: world.bootstrap(), settings: BTreeMap::new(), topics };
    let tap = TopicsTap::start(world.recorder.clone(), input).await.unwrap();
    admin.create_partitions(&[NewPartitions::new(&real, 4)], &AdminOptions::new()).await.unwrap();
    let new = NewTopic::new(&other, 1, TopicReplication::Fixed(1));
    admin.create_topics(&[new], &AdminOptions::new()).await.unwrap();
    tap.also(&real, 3..4).await.unwrap();
    tap.also(&other, 0..1).await.unwrap();
    tap.also(&other, 1..1).await.unwrap();
    let producer: FutureProducer = config(world).create().unwrap();
    for (topic, partition, order) in [(&real, 0, 1), (&real, 3, 2), (&other, 0, 3)] {
        let value = format!(r#"{{"order_id": {order}}}"#);
        let record = FutureRecord::to(topic).partition(partition).key("k").payload(&value);
        producer.send(record, LIMIT).await.unwrap();
        tap.catch_up(LIMIT).await.unwrap();
    }
    let orders: Vec<Option<String>> = world.seen(produced).into_iter().map(|(order, ..)| order).collect();
    assert_eq!(orders, ["1", "2", "3"].map(|order| Some(order.to_owned())));
    tap.stop().await;
    assert_eq!(tap.failed(), None);
}

async fn commits(world: &World) {
    let real = topic(world).await;
    let tap = commits_tap(world, &world.run, &real).await;
    let mine: BaseConsumer = config(world).set("group.id", &world.run).create().unwrap();
    let other: BaseConsumer = config(world).set("group.id", format!("{}-other", world.run)).create().unwrap();
    tokio::task::block_in_place(|| {
        for offset in 1..=5 {
            mine.commit(&offsets(&real, 1, offset), CommitMode::Sync).unwrap();
            other.commit(&offsets(&real, 1, 99), CommitMode::Sync).unwrap();
        }
    });
    tap.catch_up(LIMIT).await.unwrap();
    assert_eq!(world.seen(committed), [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5)]);
    tap.stop().await;
}

async fn transactions(world: &World) {
    let real = topic(world).await;
    let topics = topics_tap(world, &real).await;
    let commits = commits_tap(world, &world.run, &real).await;
    let producer: FutureProducer = config(world).set("transactional.id", &world.run).create().unwrap();
    let group =
        config(world).set("group.id", &world.run).create::<BaseConsumer>().unwrap().group_metadata().unwrap();
    tokio::task::block_in_place(|| producer.init_transactions(LIMIT).unwrap());
    for (order, commit) in [(1, true), (2, false)] {
        producer.begin_transaction().unwrap();
        send(&producer, &real, &format!(r#"{{"order_id": {order}}}"#)).await;
        tokio::task::block_in_place(|| {
            producer.send_offsets_to_transaction(&offsets(&real, 2, order), &group, LIMIT).unwrap();
            match commit {
                true => producer.commit_transaction(LIMIT).unwrap(),
                false => producer.abort_transaction(LIMIT).unwrap(),
            }
        });
        // Its end is a marker that no reader ever gets as a message.
        topics.catch_up(LIMIT).await.unwrap();
        commits.catch_up(LIMIT).await.unwrap();
    }
    assert_eq!(world.seen(produced), [(Some("1".to_owned()), None, 0)]);
    assert_eq!(world.seen(committed), [(2, 1)]);
    topics.stop().await;
    commits.stop().await;
}

/// State, members.
fn described(group: &str) -> impl Fn(&Event) -> Option<(String, u64)> {
    move |event| match &event.what {
        What::GroupDescribed { group: of, state, members } if of == group => Some((state.clone(), *members)),
        _ => None,
    }
}

async fn groups(world: &World) {
    let real = topic(world).await;
    for protocol in ["classic", "consumer"] {
        let group = format!("{}-{protocol}", world.run);
        let groups = BTreeMap::from([(group.clone(), protocol.to_owned())]);
        let input = GroupsInput { bootstrap: world.bootstrap(), groups };
        let tap = GroupsTap::start(world.recorder.clone(), input).await.unwrap();
        tap.catch_up(LIMIT).await.unwrap();
        assert_eq!(world.seen(described(protocol)), [], "nobody has heard of it");
        let member: BaseConsumer =
            config(world).set("group.id", &group).set("group.protocol", protocol).create().unwrap();
        member.subscribe(&[&real]).unwrap();
        let until = Instant::now() + LIMIT;
        let stable = ("Stable".to_owned(), 1);
        while world.seen(described(protocol)).last() != Some(&stable) {
            assert!(Instant::now() < until, "{:?}", world.seen(described(protocol)));
            tokio::task::block_in_place(|| drop(member.poll(Duration::from_millis(50))));
        }
        tokio::task::block_in_place(|| drop(member));
        tap.catch_up(LIMIT).await.unwrap();
        assert_eq!(world.seen(described(protocol)).last(), Some(&("Empty".to_owned(), 0)));
        tap.stop().await;
        assert_eq!(tap.failed(), None);
    }
}
