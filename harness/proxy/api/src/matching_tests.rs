#![allow(clippy::unwrap_used)]

use std::time::Duration;

use pitfall_proxy::SqlError;
use serde_json::json;

use super::*;
use crate::body::Fields;
use crate::message::Message;
use crate::told::KINDS;

fn read(attributes: Value) -> Result<Message, ApiError> {
    Message::read("message_cut", &Fields::of(attributes).unwrap()).map(Option::unwrap)
}

fn kafka(said: KafkaSaid) -> Wire {
    Wire::Kafka(KafkaEvent { client: Some("c".into()), said })
}

/// One message of each kind, with the values of `RIGHT`.
fn samples() -> Vec<Wire> {
    let (api, group, member, topic, partition) =
        (|| "OffsetCommit".into(), || "g".into(), || "m".into(), || "t".into(), 3);
    let partitions = || vec![("other".into(), vec![4]), (topic(), vec![1, 3])];
    let (error, generation, protocol) = (KafkaError::of(25), 1, None);
    let (text, path) = ("INSERT INTO orders", || "/orders?x=1".to_owned());
    let failed = SqlError { code: 25, sqlstate: "HY000".into(), message: "no".into() };
    vec![
        kafka(KafkaSaid::Asked {
            api: api(),
            group: Some(group()),
            member: Some(member()),
            partitions: partitions(),
        }),
        kafka(KafkaSaid::Answered { api: api(), group: Some(group()), partitions: partitions(), error }),
        kafka(KafkaSaid::Joined {
            group: group(),
            member: member(),
            generation,
            protocol,
            leader: member(),
            error,
        }),
        kafka(KafkaSaid::Synced { group: group(), member: member(), generation, assignment: None, error }),
        kafka(KafkaSaid::HeartbeatRefused {
            group: group(),
            member: member(),
            generation,
            error: error.unwrap(),
        }),
        kafka(KafkaSaid::Left { group: group(), member: member(), error }),
        kafka(KafkaSaid::GroupHeartbeat {
            group: group(),
            member: member(),
            asked: 0,
            epoch: 1,
            assignment: None,
            error,
        }),
        kafka(KafkaSaid::Committed {
            group: group(),
            member: member(),
            generation,
            topic: topic(),
            partition,
            offset: 5,
            error,
        }),
        kafka(KafkaSaid::OffsetsFetched { group: group(), topic: topic(), partition, offset: None, error }),
        kafka(KafkaSaid::Fetched {
            topic: topic(),
            partition,
            first: None,
            last: None,
            records: 0,
            keys: Vec::new(),
            error,
        }),
        kafka(KafkaSaid::Produced { topic: topic(), partition, offset: None, records: 1, error }),
        Wire::Mysql(MysqlEvent::Statement {
            number: 1,
            database: Some("d".into()),
            text: text.into(),
            cut: false,
            prepared: false,
            params: Vec::new(),
        }),
        Wire::Mysql(MysqlEvent::Answer {
            number: 1,
            text: text.into(),
            params: Vec::new(),
            outcome: MysqlOutcome::Error(failed),
            more: false,
        }),
        Wire::Http(HttpEvent::Asked { request: 1, method: "POST".into(), path: path() }),
        Wire::Http(HttpEvent::Answered {
            request: 1,
            method: "POST".into(),
            path: path(),
            status: 503,
            took: Duration::ZERO,
        }),
    ]
}

/// Fields, each with a value that the samples have, and one that they have not.
fn fields() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("client", json!("c"), json!("x")),
        ("api", json!("OffsetCommit"), json!("Produce")),
        ("group", json!("g"), json!("x")),
        ("member", json!("m"), json!("x")),
        ("topic", json!("t"), json!("x")),
        ("partition", json!(3), json!(2)),
        ("error", json!(25), json!(22)),
        ("database", json!("d"), json!("x")),
        ("method", json!("POST"), json!("GET")),
        ("path", json!("/orders?x=1"), json!("/orders")),
        ("status", json!(503), json!(200)),
        ("text", json!("orders(\\?|$)"), json!("^orders")),
    ]
}

#[test]
fn each_kind_is_matched_by_what_is_told_of_it_and_by_nothing_else() {
    let samples = samples();
    assert_eq!(
        samples.iter().map(Wire::kind).collect::<Vec<_>>(),
        KINDS.iter().map(|on| on.kind).collect::<Vec<_>>()
    );
    for (on, sample) in KINDS.iter().zip(&samples) {
        for (field, right, wrong) in fields() {
            let with = |value| json!({ "on": on.kind, "match": { field: value } });
            if !on.fields.contains(&field) {
                let refused = read(with(right)).unwrap_err().message;
                let begin =
                    format!("bad request body: attributes.match.{field}: it is not told of {}", on.kind);
                assert!(refused.starts_with(&begin), "{refused}");
                continue;
            }
            let takes = |value| (read(with(value)).unwrap().fault("x").on)(sample).is_some();
            assert!(!takes(wrong), "{} {field}", on.kind);
            assert!(takes(right), "{} {field}", on.kind);
        }
        let all = read(json!({ "on": on.kind })).unwrap().fault("x").on;
        for other in &samples {
            assert_eq!(all(other).is_some(), other.kind() == on.kind);
        }
    }
}

#[test]
fn topic_and_partition_are_of_one_place() {
    let on = |topic, partition| {
        let asked = json!({ "on": "kafka-request", "match": { "topic": topic, "partition": partition } });
        (read(asked).unwrap().fault("x").on)(&samples()[0]).is_some()
    };
    assert!(on("t", 1) && on("other", 4));
    assert!(!on("t", 4) && !on("other", 1));
}
