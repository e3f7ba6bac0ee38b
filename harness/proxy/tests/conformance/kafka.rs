use std::time::{Duration, Instant};

use pitfall_proxy::{Direction, LinkEvent, Protocol, ToxicKind};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use tokio::sync::watch;

use crate::backend::Backend;
use crate::bench::{Bench, LIMIT, ms};
use crate::latency::latency;

/// Where a new client says the brokers are, and when it knew.
async fn brokers(bench: &Bench, within: Duration) -> Option<(Vec<String>, Duration)> {
    let address = bench.link.address().to_string();
    let asking = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", address).create().unwrap();
        let metadata = client.fetch_metadata(None, within).ok()?;
        let brokers = metadata.brokers().iter().map(|broker| format!("{}:{}", broker.host(), broker.port()));
        Some((brokers.collect(), start.elapsed()))
    });
    asking.await.unwrap()
}

pub(crate) async fn keeps_clients_on_the_link(backend: Backend) {
    let cluster = MockCluster::new(1).unwrap();
    let upstream = cluster.bootstrap_servers().parse().unwrap();
    let bench = Bench::of(backend, upstream, watch::channel(0).1, Protocol::Kafka).await;
    let own = vec![bench.link.address().to_string()];
    assert_eq!(brokers(&bench, LIMIT).await.unwrap().0, own);
    bench.add("slow", latency(200, 0), Direction::Downstream).await;
    let (seen, took) = brokers(&bench, LIMIT).await.unwrap();
    assert_eq!(seen, own);
    // It asks for versions and then for metadata.
    assert!(took >= ms(400), "{took:?}");
    assert!(!bench.bites("slow").is_empty());
    bench.remove("slow").await;
    bench.add("off", ToxicKind::Down, Direction::Upstream).await;
    assert_eq!(brokers(&bench, ms(500)).await, None);
    bench.remove("off").await;
    assert_eq!(brokers(&bench, LIMIT).await.unwrap().0, own);
    let events = bench.events();
    assert!(!events.iter().any(|event| matches!(event, LinkEvent::Blind { .. })), "{events:?}");
    bench.close().await;
}
