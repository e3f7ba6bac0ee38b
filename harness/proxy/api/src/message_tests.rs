#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn read(name: &str, attributes: Value) -> Result<Message, ApiError> {
    Message::read(name, &Fields::of(attributes).unwrap()).map(Option::unwrap)
}

fn refused(name: &str, attributes: Value) -> String {
    let error = read(name, attributes.clone()).map(|_| attributes).unwrap_err();
    assert_eq!(error.status, 400, "{error}");
    error.message
}

#[test]
fn each_type_does_its_own_and_is_shown_as_given() {
    let five = Duration::from_millis(5);
    let mysql = Change::MysqlError { code: 1213, sqlstate: "40001".into(), message: "Deadlock".into() };
    let all = [
        ("message_delay", json!({ "on": "statement", "delay": 5 }), Act::Delay(five)),
        ("message_cut", json!({ "on": "http-answered", "times": 2 }), Act::Cut),
        (
            "kafka_error",
            json!({ "on": "kafka-request", "match": { "api": "OffsetCommit", "group": "g" }, "code": -1 }),
            Act::Change(Change::KafkaError(-1)),
        ),
        (
            "kafka_throttle",
            json!({ "on": "kafka-answered", "time": 5 }),
            Act::Change(Change::KafkaThrottle(five)),
        ),
        (
            "mysql_error",
            json!({ "on": "statement", "code": 1213, "sqlstate": "40001", "message": "Deadlock" }),
            Act::Change(mysql),
        ),
        ("http_status", json!({ "on": "http-request", "status": 503 }), Act::Change(Change::HttpStatus(503))),
        (
            "rendezvous",
            json!({ "on": "offset-commit", "match": {}, "parties": 2, "within": 5 }),
            Act::Rendezvous { parties: 2, within: five },
        ),
    ];
    assert_eq!(all.len(), TYPES.len());
    for (name, attributes, does) in all {
        let message = read(name, attributes.clone()).unwrap();
        let fault = message.fault("x");
        assert_eq!((fault.name.as_str(), fault.kind), ("x", attributes["on"].as_str().unwrap()));
        assert_eq!((fault.does, fault.times), (does, attributes["times"].as_u64()));
        let shown = serde_json::to_value(&message).unwrap();
        assert_eq!(shown, json!({ "type": name, "attributes": attributes }));
    }
    assert_eq!(Message::read("latency", &Fields::of(json!({})).unwrap()), Ok(None));
}

#[test]
fn a_change_keeps_what_is_not_given() {
    let before = read("kafka_error", json!({ "on": "kafka-request", "code": 25, "times": 1 })).unwrap();
    let after = before.with(&Fields::of(json!({ "CODE": 27, "times": null })).unwrap()).unwrap();
    assert_eq!(after, read("kafka_error", json!({ "on": "kafka-request", "code": 27, "times": 1 })).unwrap());
    let error = before.with(&Fields::of(json!({ "code": 0 })).unwrap()).unwrap_err();
    assert_eq!(
        error.message,
        "bad request body: attributes.code: 0 is no error; write one of Kafka's, such as 25"
    );
}

#[test]
fn what_could_not_act_is_refused() {
    for (name, attributes, why) in [
        ("message_cut", json!({}), "on: it is missing; write a kind of messages, such as `http-request`"),
        (
            "message_cut",
            json!({ "on": "login" }),
            "on: `login` is no kind of messages; take one of: kafka-request, ",
        ),
        (
            "message_cut",
            json!({ "on": "statement", "time": 1 }),
            "time: `message_cut` has no such attribute; it has: on, ",
        ),
        (
            "message_cut",
            json!({ "on": "statement", "times": 0 }),
            "times: it would never act; write 1 or more",
        ),
        ("message_cut", json!({ "on": "statement", "match": 5 }), "match: invalid type: integer `5`"),
        (
            "message_cut",
            json!({ "on": "statement", "match": { "text": "(" } }),
            "match.text: regex parse error",
        ),
        ("message_cut", json!({ "on": "statement", "match": { "text": 5 } }), "match.text: invalid type"),
        (
            "message_cut",
            json!({ "on": "kafka-request", "match": { "api": "OffsetComit" } }),
            "match.api: `OffsetComit` is no API of Kafka",
        ),
        (
            "message_cut",
            json!({ "on": "kafka-request", "match": { "api": "Produce", "group": "g" } }),
            "match.group: it is not told of kafka-request of Produce, so nothing would ever match; told is: ",
        ),
        (
            "message_cut",
            json!({ "on": "heartbeat-refused", "match": { "error": 0 } }),
            "match.error: a refusal has one; write its number, or leave it out for any",
        ),
        (
            "message_delay",
            json!({ "on": "statement" }),
            "delay: it is missing; write a whole number of milliseconds",
        ),
        ("message_delay", json!({ "on": "statement", "delay": -1 }), "delay: invalid value: integer `-1`"),
        (
            "kafka_error",
            json!({ "on": "statement", "code": 25 }),
            "on: `kafka_error` cannot be done to `statement`",
        ),
        (
            "kafka_error",
            json!({ "on": "records-fetched", "code": 25 }),
            "on: `kafka_error` cannot be done to `rec",
        ),
        ("kafka_error", json!({ "on": "kafka-request", "code": 0 }), "code: 0 is no error"),
        (
            "kafka_error",
            json!({ "on": "kafka-answered", "code": 5, "match": { "api": "Fetch" } }),
            "match.api: `kafka_error` cannot be done to Fetch here; it can to Produce, ",
        ),
        (
            "kafka_throttle",
            json!({ "on": "http-request", "time": 5 }),
            "on: `kafka_throttle` cannot be done to",
        ),
        (
            "mysql_error",
            json!({ "on": "statement", "code": 1213, "sqlstate": "4000", "message": "" }),
            "sqlstate: `4000` is not five letters and digits",
        ),
        (
            "mysql_error",
            json!({ "on": "statement-answered", "code": 1213, "sqlstate": "40001", "message": "" }),
            "on: `mysql_error` cannot be done to `statement-answered`; take one of: statement",
        ),
        (
            "http_status",
            json!({ "on": "http-request", "status": 100 }),
            "status: 100 is no status of an answer",
        ),
        ("http_status", json!({ "on": "statement", "status": 500 }), "on: `http_status` cannot be done to"),
        (
            "rendezvous",
            json!({ "on": "statement", "parties": 1, "within": 5 }),
            "parties: 1 cannot meet; write 2",
        ),
    ] {
        let refused = refused(name, attributes);
        assert!(refused.starts_with(&format!("bad request body: attributes.{why}")), "{refused}");
    }
}

#[test]
fn a_proxy_must_speak_what_it_is_on() {
    let message = read("message_cut", json!({ "on": "statement" })).unwrap();
    assert_eq!(message.fits(Spoken::Mysql, "db"), Ok(()));
    let words = "bad request body: attributes.on: `statement` is of mysql, but proxy `db` speaks tcp; \
                 create the proxy with \"protocol\": \"mysql\"";
    assert_eq!(message.fits(Spoken::Tcp, "db").unwrap_err().message, words);
}
