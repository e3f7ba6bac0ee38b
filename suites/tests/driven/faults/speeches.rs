//! What links say in a server's place, or do to single requests and answers.

use serde_json::{Value, json};

use super::{
    case::{Case, USUAL},
    run::at,
};

pub(super) fn cases() -> Vec<Case> {
    vec![KAFKA_ERROR, MYSQL_ERROR, HTTP, MET]
}

/// The second commit begins the fault and is what it refuses; the third passes.
const KAFKA_ERROR: Case = Case {
    name: "kafka-error",
    orders: 3,
    faults: r#"
[[faults]]
name = "refused"
link = "consumer->kafka"
on = "kafka-request api=OffsetCommit"
speech = { type = "kafka_error", code = 12 }
times = 1
begin = "kafka-request api=OffsetCommit nth=2"
"#,
    variant: r#"
expect = []
proof = { refused = "offset-commit error=12" }
"#,
    check: |run| {
        run.is_as_declared();
        let asked = run.all(json!({"event": "kafka-request", "api": "OffsetCommit"}));
        let armed = run.one(json!({"event": "fault-armed", "fault": "refused"}));
        let bit = run.one(json!({"event": "toxic-bit", "toxic": "refused"}));
        let answers = run.all(json!({"event": "offset-commit"}));
        let said: Vec<_> = answers.iter().map(|event| (&event["offset"], &event["error"])).collect();
        assert_eq!(json!(said), json!([[1, null], [2, 12], [3, null]]));
        run.in_order(&[answers[0], asked[1], armed, answers[1], asked[2], answers[2]]);
        run.in_order(&[armed, bit, asked[2]]);
        // The broker never heard of the second.
        let stored: Vec<_> =
            run.all(json!({"event": "committed"})).iter().map(|event| &event["offset"]).collect();
        assert_eq!(json!(stored), json!([1, 3]));
    },
    ..USUAL
};

/// A deadlock: its transaction is rolled back, and the consumer tries again.
const MYSQL_ERROR: Case = Case {
    name: "mysql-error",
    faults: r#"
[[faults]]
name = "deadlock"
link = "consumer->mysql-source"
on = 'statement ~ "^INSERT INTO dishes"'
speech = { type = "mysql_error", code = 1213 }
times = 1
"#,
    variant: r#"
expect = []
proof = { deadlock = 'log role=consumer ~ "again at once after try 1"' }
"#,
    check: |run| {
        run.is_as_declared();
        let refused = run.one(json!({"event": "toxic-bit", "toxic": "deadlock"}));
        let inserts = run.all(
            json!({"event": "statement", "link": "consumer->mysql-source", "text": "INSERT INTO dishes"}),
        );
        assert_eq!(inserts.len(), 3, "order 1 twice and order 2: {inserts:#?}");
        let tried = run.one(json!({"event": "log", "line": "order 1: again at once after try 1"}));
        run.in_order(&[inserts[0], refused, inserts[1]]);
        run.in_order(&[inserts[0], tried]);
        // Nothing of the first try is left: order and dishes come with one commit.
        let row = |table: &str| {
            run.first(
                json!({"event": "row-changed", "server": "source", "database": "kitchen", "table": table}),
            )
        };
        run.in_order(&[inserts[1], row("orders"), row("dishes")]);
        assert_eq!(row("orders")["transaction"], row("dishes")["transaction"]);
    },
    ..USUAL
};

/// One call is refused, the answer of one is lost, one is late.
const HTTP: Case = Case {
    name: "http",
    orders: 3,
    env: r#"DETAIL = "order-api""#,
    faults: r#"
[[faults]]
name = "refused"
link = "consumer->order-api"
on = "http-request method=GET path=/orders/1"
speech = { type = "http_status", status = 503 }
times = 1
[[faults]]
name = "lost"
link = "consumer->order-api"
on = "http-answered path=/orders/2"
speech = { type = "cut" }
times = 1
[[faults]]
name = "late"
link = "consumer->order-api"
on = "http-request path=/orders/3"
speech = { type = "delay", delay = "400ms" }
"#,
    variant: r#"
expect = ["lost-message"]
proof = { refused = 'log ~ "order 1: placed dropped: order API"', lost = 'log ~ "order 2: placed dropped: order API"', late = "toxic-bit toxic=late" }
"#,
    check: |run| {
        run.is_as_declared();
        let asked = |path: &str| run.one(json!({"event": "http-request", "path": path}));
        let answered = |path: &str| run.one(json!({"event": "http-answered", "path": path, "status": 200}));
        let bit = |fault: &str| run.one(json!({"event": "toxic-bit", "toxic": fault}));
        // The server never heard of the first.
        assert_eq!(run.all(json!({"event": "http-answered", "path": "/orders/1"})), Vec::<&Value>::new());
        let dropped = run.one(json!({"event": "log", "line": "order 1: placed dropped: order API"}));
        assert!(dropped["line"].as_str().unwrap().contains("503"), "{dropped}");
        run.in_order(&[asked("/orders/1"), bit("refused"), asked("/orders/2")]);
        // Of the second it did.
        let closed = run.one(json!({"event": "connection-closed", "by": "lost"}));
        assert_eq!(closed["conn"], asked("/orders/2")["conn"]);
        run.in_order(&[asked("/orders/2"), answered("/orders/2"), bit("lost"), asked("/orders/3")]);
        run.in_order(&[asked("/orders/3"), bit("late"), answered("/orders/3")]);
        assert!(at(answered("/orders/3")) - at(bit("late")) >= 400.0);
        let kept = run.one(json!({"event": "row-changed", "server": "source", "database": "kitchen",
                                  "table": "orders"}));
        assert_eq!(kept["key"], "3");
    },
    ..USUAL
};

/// Two consumers' statements come together.
const MET: Case = Case {
    name: "rendezvous",
    orders: 6,
    consumers: 2,
    faults: r#"
[[faults]]
name = "together"
link = "consumer->mysql-source"
on = 'statement ~ "^INSERT INTO orders"'
speech = { type = "rendezvous", within = "15s" }
"#,
    variant: r#"
expect = []
proof = { together = "rendezvous fault=together outcome=met" }
"#,
    check: |run| {
        run.is_as_declared();
        let met = run.one(json!({"event": "rendezvous", "fault": "together", "outcome": "met"}));
        let conns = met["connections"].as_array().unwrap();
        assert!(conns.len() == 2 && conns[0] != conns[1], "{met}");
        for conn in conns {
            let insert = |event: &str| {
                run.first(
                    json!({"event": event, "link": met["link"], "conn": conn, "text": "INSERT INTO orders"}),
                )
            };
            run.in_order(&[insert("statement"), met, insert("statement-answered")]);
        }
    },
    ..USUAL
};
