//! Produced records.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pitfall_proxy::{Act, Change, KafkaSaid};
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::statistics::Statistics;
use tokio::time::timeout;

use crate::LIMIT;
use crate::bench::{Bench, Broker, any, request_about};

fn producer(bench: &Bench, idempotent: bool) -> FutureProducer {
    let mut config = bench.client("producer");
    config.set("linger.ms", "0").set("retry.backoff.ms", "50");
    config.set("enable.idempotence", idempotent.to_string()).create().unwrap()
}

/// The broker stores a record, and its answer is lost with the connection; the producer sends the record again.
async fn lost_answer(bench: &Bench, idempotent: bool) {
    let producer = producer(bench, idempotent);
    bench.inject("produce-answered", any(), Act::Cut, Some(1)).await;
    bench.send(&producer, 0).await.unwrap();
    assert_eq!(bench.bites(), ["cut the connection instead of letting it pass"]);
    let answered = bench.said().into_iter().filter(|said| matches!(said, KafkaSaid::Produced { .. })).count();
    assert_eq!(answered, 2);
}

pub(crate) async fn doubled(broker: &Broker) {
    let bench = broker.link("doubled", 1).await;
    lost_answer(&bench, false).await;
    assert_eq!(bench.records(0), 2);
    bench.close().await;
}

pub(crate) async fn kept_single(broker: &Broker) {
    let bench = broker.link("kept-single", 1).await;
    lost_answer(&bench, true).await;
    assert_eq!(bench.records(0), 1);
    bench.close().await;
}

pub(crate) async fn one_partition(broker: &Broker) {
    let bench = broker.link("produce-one", 2).await;
    let producer = producer(&bench, false);
    let not_allowed = Act::Change(Change::KafkaError(29));
    bench.inject("kafka-request", request_about("Produce", 1), not_allowed, None).await;
    bench.send(&producer, 0).await.unwrap();
    let refused = bench.send(&producer, 1).await.unwrap_err();
    assert_eq!(refused, KafkaError::MessageProduction(RDKafkaErrorCode::TopicAuthorizationFailed));
    assert_eq!([bench.records(0), bench.records(1)], [1, 0]);
    bench.close().await;
}

/// Remembers for how long brokers asked for quiet.
struct Throttle(Arc<AtomicI64>);

impl ClientContext for Throttle {
    fn stats(&self, statistics: Statistics) {
        let times = statistics.brokers.values().filter_map(|broker| broker.throttle.as_ref());
        self.0.fetch_max(times.map(|times| times.max).max().unwrap_or(0), Ordering::Relaxed);
    }
}

pub(crate) async fn throttled(broker: &Broker) {
    let bench = broker.link("throttled", 1).await;
    let throttle = Arc::new(AtomicI64::new(0));
    let producer: FutureProducer<Throttle> = bench
        .client("producer")
        .set("statistics.interval.ms", "100")
        .create_with_context(Throttle(throttle.clone()))
        .unwrap();
    let quiet = Act::Change(Change::KafkaThrottle(Duration::from_millis(777)));
    bench.inject("kafka-request", request_about("Produce", 0), quiet, Some(1)).await;
    let record = FutureRecord::<(), _>::to(bench.topic).payload("x").partition(0);
    timeout(LIMIT, producer.send(record, LIMIT)).await.unwrap().unwrap();
    assert_eq!(bench.bites(), ["throttled for 777ms"]);
    let asked = || throttle.load(Ordering::Relaxed);
    bench.until("throttled", || asked() > 0).await;
    // The histogram rounds.
    assert!((700..=800).contains(&asked()), "{}", asked());
    assert_eq!(bench.records(0), 1);
    bench.close().await;
}
