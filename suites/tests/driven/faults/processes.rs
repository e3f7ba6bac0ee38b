//! Processes that are killed, paused, restarted, and more or fewer of them.

use serde_json::{Value, json};

use super::{
    case::{Case, USUAL},
    run::at,
};

pub(super) fn cases() -> Vec<Case> {
    vec![KILL_BEFORE, KILL_AFTER, PAUSE, RESTART, SCALE]
}

const DATABASE: &str = "consumer->mysql-source";

/// An order's row was stored.
fn stored(order: &str) -> Value {
    json!({"event": "row-changed", "server": "source", "database": "kitchen", "table": "orders",
           "change": "insert", "key": order})
}

fn started(instance: u32) -> Value {
    json!({"event": "process-started", "role": "consumer", "instance": instance})
}

fn exited(instance: u32, exit: &str) -> Value {
    json!({"event": "process-exited", "role": "consumer", "instance": instance, "exit": exit})
}

/// The process dies with its COMMIT on the way: it never reaches the server.
const KILL_BEFORE: Case = Case {
    name: "kill-before",
    faults: r#"
[[faults]]
name = "dies"
process = { role = "consumer", does = "kill" }
begin = 'statement link=consumer->mysql-source ~ "^COMMIT" nth=1'
end = "after 200ms"
"#,
    until: " and fault-healed fault=dies",
    variant: r#"
expect = []
proof = { dies = "process-exited role=consumer instance=1" }
"#,
    check: |run| {
        run.is_as_declared();
        let commit = run.first(json!({"event": "statement", "link": DATABASE, "text": "COMMIT"}));
        let dead = run.one(exited(1, "signal 9"));
        let armed = run.one(json!({"event": "fault-armed", "fault": "dies"}));
        let again = run.next(dead, started(1));
        let healed = run.one(json!({"event": "fault-healed", "fault": "dies"}));
        let next = run.next(commit, json!({"event": "statement", "link": DATABASE}));
        run.in_order(&[commit, dead, armed, again, healed, next, run.one(stored("1"))]);
        let answers = json!({"event": "statement-answered", "link": DATABASE, "conn": commit["conn"], "text": "COMMIT"});
        assert!(run.all(answers).is_empty(), "the COMMIT was forwarded all the same");
    },
    ..USUAL
};

/// The process dies when the server has committed and before it learns of it.
const KILL_AFTER: Case = Case {
    name: "kill-after",
    faults: r#"
[[faults]]
name = "dies"
process = { role = "consumer", does = "kill" }
begin = 'statement-answered link=consumer->mysql-source ~ "^COMMIT" nth=1'
end = "after 200ms"
"#,
    until: " and fault-healed fault=dies",
    variant: r#"
expect = []
proof = { dies = "process-exited role=consumer instance=1" }
"#,
    check: |run| {
        run.is_as_declared();
        let answer = run.first(json!({"event": "statement-answered", "link": DATABASE, "text": "COMMIT"}));
        let dead = run.one(exited(1, "signal 9"));
        let again = run.next(dead, started(1));
        let repeated =
            run.next(again, json!({"event": "statement", "link": DATABASE, "text": "INSERT INTO orders"}));
        // What it had stored is there before anybody could store it again.
        run.in_order(&[answer, dead, again, repeated]);
        run.in_order(&[run.one(stored("1")), repeated]);
        assert_eq!(repeated["params"][2], "1", "the order comes again: {repeated}");
        // It never knew, so it told nobody.
        let commits = json!({"event": "offset-commit"});
        assert!(run.between(answer, again, commits).is_empty(), "it has gone on after COMMIT's answer");
    },
    ..USUAL
};

/// A process that stands still says nothing.
const PAUSE: Case = Case {
    name: "pause",
    env: "SESSION_TIMEOUT_MS = \"6000\"",
    // The second never comes: it makes the link tell every request to Kafka.
    faults: r#"
[[faults]]
name = "stands"
process = { role = "consumer", does = "pause" }
begin = 'statement link=consumer->mysql-source ~ "^COMMIT" nth=1'
end = "after 2s"
[[faults]]
name = "never"
process = { role = "consumer", does = "kill" }
begin = "kafka-request api=DeleteTopics"
"#,
    until: " and fault-healed fault=stands",
    variant: r#"
expect = []
proof = { stands = "process-paused role=consumer", never = "process-exited role=consumer" }
may-not-come = ["never"]
"#,
    check: |run| {
        run.is_as_declared();
        let commit = run.first(json!({"event": "statement", "link": DATABASE, "text": "COMMIT"}));
        let paused = run.one(json!({"event": "process-paused", "role": "consumer", "instance": 1}));
        let armed = run.one(json!({"event": "fault-armed", "fault": "stands"}));
        let resumed = run.one(json!({"event": "process-resumed", "role": "consumer", "instance": 1}));
        let healed = run.one(json!({"event": "fault-healed", "fault": "stands"}));
        run.in_order(&[commit, paused, armed, resumed, healed]);
        assert!(at(resumed) - at(armed) >= 2000.0, "{armed} … {resumed}");
        // It is awake a moment before that is told: not before its time, though.
        let asleep = |event: &&&Value| at(event) < at(armed) + 2000.0;
        let statements = run.between(paused, resumed, json!({"event": "statement", "link": DATABASE}));
        assert_eq!(statements.iter().filter(asleep).count(), 0, "{statements:?}");
        // What it had sent before may still have been on its way for a moment. Awake, it asks twice a second.
        let requests = json!({"event": "kafka-request", "link": "consumer->kafka"});
        let asked = run.between(paused, resumed, requests.clone());
        let late = asked.iter().filter(asleep).filter(|event| at(event) > at(paused) + 1000.0);
        assert_eq!(late.count(), 0, "a process that stands still asked: {asked:?}");
        run.next(resumed, requests);
    },
    ..USUAL
};

/// It is asked to end, leaves as it likes to, and comes back.
const RESTART: Case = Case {
    name: "restart",
    faults: r#"
[[faults]]
name = "restarts"
process = { role = "consumer", does = "restart" }
begin = "kafka-request api=OffsetCommit nth=1"
"#,
    until: " and fault-armed fault=restarts",
    variant: r#"
expect = []
proof = { restarts = "process-started role=consumer instance=1" }
"#,
    check: |run| {
        run.is_as_declared();
        let asked = run.first(json!({"event": "kafka-request", "api": "OffsetCommit"}));
        let ended = run.one(exited(1, "code 0"));
        let again = run.next(ended, started(1));
        let stopping = run.one(json!({"event": "log", "role": "consumer", "line": "stopping"}));
        run.in_order(&[asked, stopping]);
        run.in_order(&[asked, ended, again, run.one(json!({"event": "fault-armed", "fault": "restarts"}))]);
        // It said good-bye: nobody has to wait for its session to end.
        run.in_order(&[asked, run.first(json!({"event": "group-left", "group": "kitchen"})), again]);
    },
    ..USUAL
};

/// A second one comes, takes its part, and goes again.
const SCALE: Case = Case {
    name: "scale",
    faults: r#"
[[faults]]
name = "two"
process = { role = "consumer", does = "scale", to = 2 }
begin = "step-begun step=placed"
end = 'log role=consumer instance=2 ~ "^ready"'
"#,
    until: " and fault-healed fault=two",
    variant: r#"
expect = []
proof = { two = "process-started role=consumer instance=2" }
"#,
    check: |run| {
        run.is_as_declared();
        let begun = run.one(json!({"event": "step-begun", "step": "placed"}));
        let second = run.one(started(2));
        let armed = run.one(json!({"event": "fault-armed", "fault": "two"}));
        let ready = run.one(json!({"event": "log", "role": "consumer", "instance": 2, "line": "ready"}));
        let ended = run.one(exited(2, "code 0"));
        let healed = run.one(json!({"event": "fault-healed", "fault": "two"}));
        run.in_order(&[begun, second, armed, ready, ended, healed]);
        let joined = run.between(second, ready, json!({"event": "group-joined", "error": null}));
        let members: std::collections::BTreeSet<_> =
            joined.iter().map(|event| event["member"].as_str()).collect();
        assert_eq!(members.len(), 2, "both joined anew: {joined:#?}");
        run.one(json!({"event": "log", "role": "consumer", "instance": 2, "line": "stopping"}));
        assert_eq!(run.all(exited(1, "")), Vec::<&Value>::new(), "the first stays");
    },
    ..USUAL
};
