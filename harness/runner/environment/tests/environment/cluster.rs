//! A cluster of brokers: complete when it is given, and each broker is killed and started again by itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::FutureExt;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use pitfall_environment::{Environment, KafkaServer};
use pitfall_warden::{Owner, Warden};

use crate::Named;

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const TRIALS: &[Named] = &[
    ("cluster::a_killed_broker_is_replaced_and_comes_back", |_| replaced().boxed_local()),
    ("cluster::containers_say_that_they_have_none", |_| no_containers().boxed_local()),
];

/// Of the only partition: the leader, and who is in sync.
fn partition(of: &KafkaServer) -> Result<(i32, BTreeSet<i32>), String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", of.address.to_string());
    let client: BaseConsumer = config.create().expect("a client");
    let found = client.fetch_metadata(Some("orders"), Duration::from_secs(5));
    let found = found.map_err(|error| error.to_string())?;
    let topic = &found.topics()[0];
    let partition = topic.partitions().first().ok_or_else(|| format!("{:?}", topic.error()))?;
    Ok((partition.leader(), partition.isr().iter().copied().collect()))
}

/// Asks until it is so.
async fn until(what: &str, of: &KafkaServer, is_so: impl Fn(i32, &BTreeSet<i32>) -> bool) -> i32 {
    let start = Instant::now();
    loop {
        let asked = of.clone();
        let seen = tokio::task::spawn_blocking(move || partition(&asked)).await.expect("it ends");
        match &seen {
            Ok((leader, in_sync)) if is_so(*leader, in_sync) => return *leader,
            _ => assert!(start.elapsed() < LIMIT, "never {what}, last seen: {seen:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn replaced() {
    let warden = Warden::connect().await.expect("the warden starts");
    let started = Environment::Processes.start_cluster(&warden, Owner::Client, 3).await;
    let mut cluster = started.unwrap_or_else(|error| panic!("{error}"));
    let ids: Vec<i32> = cluster.brokers.iter().map(|broker| broker.node_id).collect();
    assert_eq!(ids, [1, 2, 3]);

    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.brokers[2].address.to_string());
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    // As many replicas as the cluster gives by itself: it has been told of all its brokers.
    let new = NewTopic::new("orders", 1, TopicReplication::Fixed(-1));
    let made = admin.create_topics([&new], &AdminOptions::new()).await.expect("the broker answers");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let all = BTreeSet::from([1, 2, 3]);
    let leader = until("replicas everywhere", &cluster.brokers[0], |_, in_sync| *in_sync == all).await;

    let at = ids.iter().position(|id| *id == leader).expect("a broker leads");
    cluster.brokers[at].server.kill(&warden).await.expect("it dies");
    let other = cluster.brokers[(at + 1) % 3].clone();
    until("led by another", &other, |now, in_sync| now != leader && now > 0 && !in_sync.contains(&leader))
        .await;
    cluster.brokers[at].start(&warden).await.unwrap_or_else(|error| panic!("{error}"));
    cluster.brokers[at].ready(&warden).await.unwrap_or_else(|error| panic!("{error}"));
    until("in sync again", &cluster.brokers[at], |_, in_sync| *in_sync == all).await;
}

async fn no_containers() {
    let warden = Warden::connect().await.expect("the warden starts");
    let refused = Environment::Containers.start_cluster(&warden, Owner::Client, 3).await;
    let expected = "the environment is `containers`, but `processes`, for a cluster of brokers, is needed; \
                    set PITFALL_ENVIRONMENT=processes";
    assert_eq!(refused.expect_err("there is none").to_string(), expected);
}
