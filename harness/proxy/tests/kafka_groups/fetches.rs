//! What consumers fetch: records in every codec, of librdkafka and of the broker itself, and committed offsets.

use pitfall_proxy::{KafkaSaid, RecordKey};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::timeout;

use crate::LIMIT;
use crate::tapped::{Broker, Tapped, assigned, close, commit};

const RECORDS: i64 = 300;
/// In the middle of a batch.
const FROM: i64 = 150;

pub(crate) async fn in_every_codec(broker: &Broker) {
    let tapped = broker.link("codecs", 1).await;
    for by_client in ["none", "gzip", "snappy", "lz4"] {
        let topic = format!("codecs-of-client-{by_client}");
        tapped.make(&topic, 1, "producer").await;
        produce(&tapped, &topic, by_client).await;
        consume(&tapped, &topic).await;
    }
    for by_broker in ["gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("codecs-of-broker-{by_broker}");
        tapped.make(&topic, 1, by_broker).await;
        produce(&tapped, &topic, "none").await;
        consume(&tapped, &topic).await;
    }
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}

/// In one batch.
async fn produce(tapped: &Tapped, topic: &str, codec: &str) {
    let mut config = tapped.client("producer");
    config
        .set("compression.type", codec)
        .set("linger.ms", "5000")
        .set("batch.num.messages", RECORDS.to_string());
    let producer: FutureProducer = config.create().unwrap();
    let keys = (0..RECORDS).map(|offset| format!("k{offset}")).collect::<Vec<_>>();
    let payload = "of no interest ".repeat(8);
    let record = |key| FutureRecord::to(topic).key(key).payload(&payload);
    let sent = keys.iter().map(|key| producer.send(record(key), LIMIT));
    let sent = timeout(LIMIT, futures::future::join_all(sent)).await.unwrap();
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
}

/// From within the batch.
async fn consume(tapped: &Tapped, topic: &str) {
    let consumer: StreamConsumer = tapped.client(topic).set("group.id", topic).create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Offset(FROM)).unwrap();
    consumer.assign(&from).unwrap();
    // librdkafka is built without zstd here: it fetches the records and cannot read them.
    if !topic.ends_with("zstd") {
        let message = timeout(LIMIT, consumer.recv()).await.unwrap().unwrap();
        assert_eq!((message.offset(), message.key()), (FROM, Some(format!("k{FROM}").as_bytes())));
    }
    let fetched = || {
        tapped.all(|client, said| match said {
            KafkaSaid::Fetched { topic: of, first, last, records, keys, error, .. } if **of == *topic => {
                assert_eq!((client, error), (topic, &None));
                Some((*first, *last, *records, keys.clone()))
            }
            _ => None,
        })
    };
    tapped.until("fetched", &[&consumer], || !fetched().is_empty()).await;
    close(consumer).await;
    let key = |offset| RecordKey { offset, key: Some(format!("k{offset}").into()) };
    let keys = (FROM..FROM + 100).map(key).collect();
    assert_eq!(fetched()[0], (Some(FROM), Some(RECORDS - 1), (RECORDS - FROM) as u64, keys), "{topic}");
}

pub(crate) async fn of_offsets(broker: &Broker) {
    let tapped = broker.link("offsets", 2).await;
    tapped.produce("all", 0..1).await;
    let first = tapped.consumer("first", &[]);
    tapped.until("first has both", &[&first], || assigned(&first) == 2).await;
    let offsets = |of: &str| {
        let mut all = tapped.all(|client, said| match said {
            KafkaSaid::OffsetsFetched { group, topic, partition, offset, error: None } if client == of => {
                assert_eq!((&**group, &**topic), ("offsets", "offsets"));
                Some((*partition, *offset))
            }
            _ => None,
        });
        all.sort_unstable();
        all.dedup();
        all
    };
    tapped.until("first asked", &[&first], || offsets("first").len() == 2).await;
    assert_eq!(offsets("first"), [(0, None), (1, None)]);
    commit(&first).unwrap();
    close(first).await;
    let second = tapped.consumer("second", &[]);
    tapped.until("second asked", &[&second], || offsets("second").len() == 2).await;
    assert_eq!(offsets("second"), [(0, Some(1)), (1, Some(1))]);
    close(second).await;
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}
