//! What a person is told who got a scenario file wrong: file, line, column and the nearest right name.
#![allow(clippy::unwrap_used, missing_docs)]

use pitfall_model::{Plan, Scenario, Source, System};

const SYSTEM: &str = r#"
name = "kitchen"
groups = ["kitchen"]
[topics.order]
partitions = 4
order = "/order_id"
[roles.consumer]
command = ["consumer"]
ready = { group = "kitchen" }
env = { KAFKA = "{kafka.bootstrap}", DB = "{mysql.source.url}" }
[effects.orders]
database = "kitchen"
table = "orders"
order = "id"
[databases.kitchen]
schema = "schema.sql"
"#;

const SCENARIO: &str = r#"
id = "B9"
name = "redelivery"
system = "kitchen"
story = "…"
source = "…"
instances = { consumer = 2 }
[[workload]]
step = "work"
start = ["consumer"]
[[faults]]
name = "away"
link = "consumer->mysql-source"
toxic = { type = "down" }
begin = "step-begun step=work"
[settle]
when = "lag group=kitchen topic=order at-most=0"
quiet = "1s"
within = "10s"
[guarantees.no-loss]
topic = "order"
group = "kitchen"
effect = "orders"
at-least = 1
[variants.before]
expect = ["lost-message"]
proof = { away = "connection-closed by=away" }
"#;

fn resolve(scenario: &str, system: &str) -> Result<Plan, String> {
    let data = System::parse("pitfall.toml", system).map_err(|error| error.to_string())?;
    let system = Source { path: "pitfall.toml".into(), text: system.into(), data };
    let data = Scenario::parse("B9.toml", scenario).map_err(|error| error.to_string())?;
    let scenario = Source { path: "B9.toml".into(), text: scenario.into(), data };
    Plan::resolve(&scenario, &system, "before").map_err(|error| error.to_string())
}

/// Replaces `right` by `wrong` in the scenario; the error must name the place and say `help`.
fn wrong(right: &str, wrong: &str, help: &str) {
    let text = SCENARIO.replacen(right, wrong, 1);
    assert_ne!(text, SCENARIO, "`{right}` is not in the scenario");
    let error = resolve(&text, SYSTEM).unwrap_err();
    let line = text.lines().position(|line| line.contains(wrong.lines().next().unwrap())).unwrap() + 1;
    assert!(error.contains(&format!("B9.toml:{line}:")), "line {line} is not named:\n{error}");
    assert!(error.contains(help), "`{help}` is not said:\n{error}");
}

#[test]
fn the_right_one_resolves() {
    let plan = resolve(SCENARIO, SYSTEM).unwrap();
    assert_eq!(plan.name, "kitchen::B9-redelivery::before");
    let links: Vec<String> = plan.links.iter().map(pitfall_model::PlannedLink::name).collect();
    assert_eq!(links, ["consumer->mysql-source", "consumer->kafka"]);
    assert!(!plan.own_pair);
    assert!(plan.first.is_empty());
}

#[test]
fn a_plan_survives_its_file() {
    let plan = resolve(SCENARIO, SYSTEM).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn bending_replication_needs_a_pair_of_ones_own() {
    let text = SCENARIO.replace("consumer->mysql-source", "replica->source");
    assert!(resolve(&text, SYSTEM).unwrap().own_pair);
}

#[test]
fn wrong_keys() {
    wrong("quiet = \"1s\"", "quite = \"1s\"", "unknown key `quite`; did you mean `quiet`?");
    wrong("[guarantees.no-loss]", "[guarantees.no-los]", "did you mean `no-loss`?");
    wrong("toxic = { type = \"down\" }", "toxic = { type = \"dwn\" }", "did you mean `down`?");
}

#[test]
fn wrong_types() {
    wrong("at-least = 1", "at-least = \"one\"", "invalid type: string");
    wrong("within = \"10s\"", "within = \"ten\"", "expected");
}

#[test]
fn wrong_names() {
    wrong("\"lost-message\"", "\"lost-mesage\"", "did you mean `lost-message`?");
    wrong("{ consumer = 2 }", "{ consumr = 2 }", "did you mean `consumer`?");
    wrong("start = [\"consumer\"]", "start = [\"consumers\"]", "did you mean `consumer`?");
    wrong(
        "link = \"consumer->mysql-source\"",
        "link = \"consumer->mysql-sorce\"",
        "did you mean `consumer->mysql-source`?",
    );
    wrong("step-begun step=work", "step-begun step=wrok", "did you mean `work`?");
    wrong("step-begun step=work", "step-begin step=work", "did you mean `step-begun`?");
    wrong("{ away = ", "{ awy = ", "did you mean `away`?");
    wrong("topic = \"order\"", "topic = \"orders\"", "did you mean `order`?");
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    wrong("expect = [\"lost-message\"]", "expect = [\"out-of-order\"]", "has no bounds for `order`");
    wrong("expect = [\"lost-message\"]", "promises = [\"progress\"]\nexpect = []", "has no bounds for it");
}

#[test]
fn a_fault_without_proof_is_an_error() {
    let text = SCENARIO.replace("proof = { away = \"connection-closed by=away\" }", "");
    assert!(resolve(&text, SYSTEM).unwrap_err().contains("fault `away` has no proof"));
}

#[test]
fn a_placeholder_nobody_knows_is_an_error_in_the_system() {
    let system = SYSTEM.replace("{kafka.bootstrap}", "{kafka.bootstrp}");
    let error = resolve(SCENARIO, &system).unwrap_err();
    assert!(error.contains("pitfall.toml:10:"), "{error}");
    assert!(error.contains("did you mean `kafka.bootstrap`?"), "{error}");
}
