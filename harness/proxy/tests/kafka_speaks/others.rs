//! Refusals of all that a consumer and a producer do besides.

use pitfall_proxy::{Act, Change, KafkaSaid, LinkEvent, ProtocolFault};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::producer::FutureProducer;
use tokio::time::timeout;

use crate::LIMIT;
use crate::bench::{Bench, Broker, request};

/// What clients try again after.
const REFUSALS: &[(&str, i16)] = &[
    ("Metadata", 5),
    ("InitProducerId", 14),
    ("FindCoordinator", 15),
    ("JoinGroup", 16),
    ("SyncGroup", 27),
    ("Heartbeat", 27),
    ("OffsetFetch", 14),
    ("Fetch", 6),
];

/// Each is refused once, then a record comes.
async fn outlive(bench: &Bench, refusals: &[(&'static str, i16)], settings: &[(&str, &str)]) {
    for (api, code) in refusals {
        let does = Act::Change(Change::KafkaError(*code));
        let name = format!("{api} {code}");
        let fault = ProtocolFault { name, kind: "kafka-request", on: request(api), does, times: Some(1) };
        bench.link.inject(fault).await.unwrap();
    }
    let producer: FutureProducer =
        bench.client("producer").set("enable.idempotence", "true").create().unwrap();
    bench.send(&producer, 0).await.unwrap();
    let mut config = bench.client("consumer");
    config.set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    for (name, value) in settings {
        config.set(*name, *value);
    }
    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&[bench.topic]).unwrap();
    let got = async {
        loop {
            // It tells of what it tries again.
            if let Ok(message) = consumer.recv().await {
                return message.payload().map(<[u8]>::to_vec);
            }
        }
    };
    assert_eq!(timeout(LIMIT, got).await.unwrap().unwrap(), b"x");
    for (api, code) in refusals {
        let bitten = |event: &LinkEvent| matches!(event, LinkEvent::Bit { toxic, .. } if *toxic == format!("{api} {code}"));
        let once = || bench.events().iter().filter(|event| bitten(event)).count() == 1;
        bench.until(&format!("{api} refused"), once).await;
    }
    let not_done = |event: &LinkEvent| matches!(event, LinkEvent::NotDone { .. });
    assert!(!bench.events().iter().any(not_done));
    timeout(LIMIT, tokio::task::spawn_blocking(|| drop(consumer))).await.unwrap().unwrap();
}

/// How often this error was told of an answer.
fn told(bench: &Bench, code: i16) -> usize {
    let error = |said: &KafkaSaid| match said {
        KafkaSaid::Joined { error, .. } | KafkaSaid::GroupHeartbeat { error, .. } => *error,
        _ => None,
    };
    bench.said().iter().filter(|said| error(said).is_some_and(|error| error.code() == code)).count()
}

pub(crate) async fn outlived(broker: &Broker) {
    let bench = broker.link("outlived", 1).await;
    outlive(&bench, REFUSALS, &[("heartbeat.interval.ms", "100")]).await;
    assert_eq!(told(&bench, 16), 1);
    bench.close().await;
}

pub(crate) async fn outlived_newer(broker: &Broker) {
    let bench = broker.link("outlived-newer", 1).await;
    let refusals = [("ConsumerGroupHeartbeat", 14), ("ConsumerGroupHeartbeat", 25)];
    outlive(&bench, &refusals, &[("group.protocol", "consumer")]).await;
    assert_eq!((told(&bench, 14), told(&bench, 25)), (1, 1));
    bench.close().await;
}
