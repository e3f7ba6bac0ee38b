//! Three real brokers behind three links: librdkafka goes to each by its own link and never past them, while the leader of
//! a partition is killed. Needs what `ci/setup` installs.
#![allow(clippy::unwrap_used, missing_docs)] // it is all test

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_environment::{Environment, KafkaCluster};
use pitfall_proxy::{
    Direction, KafkaBrokers, KafkaEvent, KafkaSaid, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind,
    Wire,
};
use pitfall_warden::{Owner, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(90);
const TOPIC: &str = "orders";
const PARTITIONS: i32 = 3;

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let test = move || {
        runtime.block_on(a_leader_is_killed());
        Ok::<(), Failed>(())
    };
    let trial = Trial::test("no_client_slips_past_the_links_when_a_leader_is_killed", test);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

/// The links to a cluster, by node id, and what they told.
struct Links {
    links: BTreeMap<i32, Link>,
    events: Arc<Mutex<Vec<(i32, LinkEvent)>>>,
}

impl Links {
    async fn open(cluster: &KafkaCluster) -> Self {
        let (brokers, events) = (KafkaBrokers::default(), Arc::new(Mutex::new(Vec::new())));
        let mut links = BTreeMap::new();
        for broker in &cluster.brokers {
            let (node, told) = (broker.node_id, events.clone());
            let config = LinkConfig {
                name: format!("client->kafka-{node}"),
                listen: "127.0.0.1:0".parse().unwrap(),
                upstream: broker.address,
                protocol: Protocol::KafkaCluster(brokers.clone()),
                seed: 1,
                strict: false,
            };
            let observer = move |event| told.lock().unwrap().push((node, event));
            let link = Link::open(config, Arc::new(observer)).await.unwrap();
            brokers.put(node, link.address());
            links.insert(node, link);
        }
        Self { links, events }
    }

    /// A client that knows but one of them.
    fn client(&self, id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.links[&1].address().to_string()).set("client.id", id);
        config.set("reconnect.backoff.max.ms", "500").set("topic.metadata.refresh.interval.ms", "1000");
        config
    }

    fn addresses(&self) -> BTreeMap<i32, SocketAddr> {
        self.links.iter().map(|(node, link)| (*node, link.address())).collect()
    }

    /// By which links it was said, in this order.
    fn said(&self, wanted: impl Fn(&KafkaSaid) -> bool) -> Vec<i32> {
        let events = self.events.lock().unwrap();
        let said = events.iter().filter_map(|(node, event)| match event {
            LinkEvent::Read { what: Wire::Kafka(KafkaEvent { said, .. }), .. } if wanted(said) => Some(*node),
            LinkEvent::Blind { reason, .. } => panic!("blind: {reason}"),
            _ => None,
        });
        said.collect()
    }

    async fn down(&self) {
        for link in self.links.values() {
            let (kind, direction) = (ToxicKind::Down, Direction::Upstream);
            link.add(Toxic { name: "off".into(), kind, direction, toxicity: 1.0 }).await.unwrap();
        }
    }

    async fn up(&self) {
        for link in self.links.values() {
            link.remove("off").await.unwrap();
        }
    }
}

/// Produces these numbers, each into the partition that it falls to; returns when all are acknowledged.
async fn produce(producer: &FutureProducer, numbers: std::ops::Range<i32>) {
    for number in numbers {
        let (key, payload) = (number.to_string(), number.to_string());
        let record = FutureRecord::to(TOPIC).key(&key).payload(&payload).partition(number % PARTITIONS);
        timeout(LIMIT, producer.send(record, LIMIT)).await.unwrap().unwrap();
    }
}

/// Takes messages until all numbers below this have come; some may come again.
async fn consume(consumer: &StreamConsumer, seen: &mut BTreeSet<i32>, below: i32) {
    let start = Instant::now();
    while seen.len() < below as usize {
        assert!(start.elapsed() < LIMIT, "{} of {below} have come", seen.len());
        // What librdkafka says of brokers that it cannot reach is passed over.
        let Ok(Ok(message)) = timeout(Duration::from_millis(500), consumer.recv()).await else {
            continue;
        };
        let number: i32 = std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap();
        seen.insert(number);
        let _ = consumer.commit_message(&message, CommitMode::Async);
    }
}

/// Who leads partition 0, as the link to this node tells it, when somebody else than `not` does.
async fn leader(links: &Links, through: i32, not: Option<i32>) -> i32 {
    let start = Instant::now();
    loop {
        let mut config = links.client("asking");
        config.set("bootstrap.servers", links.links[&through].address().to_string());
        let asking = move || {
            let client: StreamConsumer = config.create().unwrap();
            client.fetch_metadata(Some(TOPIC), Duration::from_secs(5)).map(|found| {
                let brokers = found.brokers().iter();
                let brokers =
                    brokers.map(|broker| (broker.id(), format!("{}:{}", broker.host(), broker.port())));
                (
                    found.topics()[0].partitions().iter().find(|it| it.id() == 0).map(|it| it.leader()),
                    brokers.collect(),
                )
            })
        };
        let found = tokio::task::spawn_blocking(asking).await.unwrap();
        let found: Result<(Option<i32>, BTreeMap<i32, String>), _> = found;
        if let Ok((Some(leader), brokers)) = &found
            && *leader > 0
            && Some(*leader) != not
        {
            let own = links.addresses().into_iter().map(|(node, address)| (node, address.to_string()));
            let own: BTreeMap<i32, String> = own.filter(|(node, _)| brokers.contains_key(node)).collect();
            assert_eq!(*brokers, own);
            return *leader;
        }
        assert!(start.elapsed() < LIMIT, "no leader but {not:?}, last seen: {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_leader_is_killed() {
    let warden = Warden::connect().await.unwrap();
    let started = Environment::Processes.start_cluster(&warden, Owner::Client, 3).await;
    let mut cluster = started.unwrap_or_else(|error| panic!("{error}"));
    let links = Links::open(&cluster).await;
    let admin: AdminClient<DefaultClientContext> = links.client("admin").create().unwrap();
    let new = NewTopic::new(TOPIC, PARTITIONS, TopicReplication::Fixed(3));
    let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let producer: FutureProducer =
        links.client("producer").set("acks", "all").set("enable.idempotence", "true").create().unwrap();
    let mut config = links.client("consumer");
    config.set("group.id", "g").set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&[TOPIC]).unwrap();
    let mut seen = BTreeSet::new();
    tokio::join!(produce(&producer, 0..60), consume(&consumer, &mut seen, 60));

    // Who leads a partition is who it is produced to, by its own link.
    let first = leader(&links, 1, None).await;
    let to_zero = |said: &KafkaSaid| matches!(said, KafkaSaid::Produced { partition: 0, error: None, .. });
    let by = links.said(to_zero);
    assert!(by.len() == 20 && by.iter().all(|node| *node == first), "{first}: {by:?}");
    let any = |said: &KafkaSaid| matches!(said, KafkaSaid::Produced { error: None, .. });
    let mut all = links.said(any);
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 1, "all partitions are led by {all:?}");

    // It is killed while both work.
    let at = cluster.brokers.iter().position(|broker| broker.node_id == first).unwrap();
    let other = cluster.brokers[(at + 1) % 3].node_id;
    let kill = async {
        cluster.brokers[at].server.kill(&warden).await.unwrap();
        leader(&links, other, Some(first)).await
    };
    let (second, (), ()) =
        tokio::join!(kill, produce(&producer, 60..180), consume(&consumer, &mut seen, 180));
    let by = links.said(to_zero);
    assert!(by.len() >= 60 && by[by.len() - 1] == second, "{second}: {by:?}");

    // If a single connection went elsewhere, something would still work while all links are down.
    links.down().await;
    let cut_off = async {
        timeout(Duration::from_secs(3), consume(&consumer, &mut seen, 190)).await.unwrap_err();
        consumer.fetch_metadata(Some(TOPIC), Duration::from_secs(1)).map(drop).unwrap_err();
        links.up().await;
    };
    tokio::join!(produce(&producer, 180..190), cut_off);
    consume(&consumer, &mut seen, 190).await;

    // It comes back, and is worked with again.
    cluster.brokers[at].start(&warden).await.unwrap_or_else(|error| panic!("{error}"));
    cluster.brokers[at].ready(&warden).await.unwrap_or_else(|error| panic!("{error}"));
    leader(&links, first, None).await;
    tokio::join!(produce(&producer, 190..250), consume(&consumer, &mut seen, 250));
    // Nothing else came, and what was produced is there once: its offsets have no gap.
    assert_eq!(seen, (0..250).collect());
    for partition in 0..PARTITIONS {
        let (low, high) = consumer.fetch_watermarks(TOPIC, partition, LIMIT).unwrap();
        assert_eq!(
            (low, high),
            (0, (0..250).filter(|number| number % PARTITIONS == partition).count() as i64)
        );
    }
    assert!(!links.said(|said| matches!(said, KafkaSaid::Committed { error: None, .. })).is_empty());

    timeout(LIMIT, tokio::task::spawn_blocking(|| drop((producer, consumer, admin)))).await.unwrap().unwrap();
    for link in links.links.into_values() {
        timeout(LIMIT, link.close()).await.unwrap();
    }
}
