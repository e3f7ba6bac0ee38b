//! When faults begin and end, and what is said of those that never do.

use serde_json::json;

use super::{
    case::{Case, USUAL},
    run::at,
};

pub(super) fn cases() -> Vec<Case> {
    vec![TIMES, NEVER, MAY_NOT_COME, UNREACHED]
}

/// A fault that begins and ends with time.
const TIMES: Case = Case {
    name: "times",
    faults: r#"
[[faults]]
name = "while"
process = { role = "consumer", does = "pause" }
begin = "after 300ms"
end = "after 200ms"
"#,
    until: " and fault-healed fault=while",
    variant: r#"
expect = []
proof = { while = "process-paused role=consumer" }
"#,
    check: |run| {
        run.is_as_declared();
        // The workload begins when the roles are ready, of which the last begins with this.
        let joined = run.first(json!({"event": "group-joined", "error": null}));
        let begun = run.one(json!({"event": "step-begun", "step": "opened"}));
        let armed = run.one(json!({"event": "fault-armed", "fault": "while"}));
        let healed = run.one(json!({"event": "fault-healed", "fault": "while"}));
        assert!(at(armed) - at(joined) >= 300.0, "{joined} … {armed}");
        assert!(at(armed) - at(begun) < 5300.0, "{begun} … {armed}");
        assert!(at(healed) - at(armed) >= 200.0, "{armed} … {healed}");
        assert!(at(healed) - at(armed) < 5200.0, "{armed} … {healed}");
    },
    ..USUAL
};

const NEVER: Case = Case {
    name: "never",
    faults: r#"
[[faults]]
name = "too-late"
process = { role = "consumer", does = "kill" }
begin = "offset-commit nth=50"
"#,
    variant: r#"
expect = []
proof = { too-late = "process-exited role=consumer" }
"#,
    check: |run| {
        run.is_inconclusive(
            "fault too-late: never began: awaited offset-commit nth=50, last seen: 2 of 50 × offset-commit",
        );
        run.one(json!({"event": "fault-idle", "fault": "too-late", "awaited": "offset-commit nth=50",
                       "last_seen": "2 of 50 × offset-commit"}));
    },
    ..USUAL
};

const MAY_NOT_COME: Case = Case {
    name: "may-not-come",
    variant: r#"
expect = []
proof = { too-late = "process-exited role=consumer" }
may-not-come = ["too-late"]
"#,
    check: |run| {
        run.is_as_declared();
        run.one(json!({"event": "fault-idle", "fault": "too-late"}));
    },
    ..NEVER
};

/// Who waits for another that never comes goes on, and nothing follows from the run.
const UNREACHED: Case = Case {
    name: "unreached",
    faults: r#"
[[faults]]
name = "alone"
link = "consumer->mysql-source"
on = 'statement ~ "^INSERT INTO orders"'
speech = { type = "rendezvous", by = "params", within = "300ms" }
"#,
    variant: r#"
expect = []
proof = { alone = "rendezvous fault=alone outcome=met" }
"#,
    check: |run| {
        run.is_inconclusive("fault alone: armed at");
        let unreached = run.all(json!({"event": "rendezvous", "fault": "alone", "outcome": "unreached"}));
        assert_eq!(unreached.len(), 2, "one for each order: {unreached:#?}");
        let held = run.first(
            json!({"event": "statement", "link": "consumer->mysql-source", "text": "INSERT INTO orders"}),
        );
        let answered = run.next(held, json!({"event": "statement-answered", "link": "consumer->mysql-source", "text": "INSERT INTO orders"}));
        assert!(at(answered) - at(held) >= 300.0, "{held} … {answered}");
    },
    ..USUAL
};
