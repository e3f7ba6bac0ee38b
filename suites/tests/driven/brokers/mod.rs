//! A cluster of three brokers, one of which dies under the consumer and comes back.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use crate::project::Project;

const B8: &str = "kitchen-display/B8-stale-replica.toml";
const NAME: &str = "kitchen-display::K1-leader-killed::after";
const RUN: &str = "kitchen-display/K1-leader-killed/after";

#[test]
fn a_leader_that_dies_and_comes_back_loses_nothing_and_no_client_slips_past() {
    let project = Project::with(B8);
    fs::write(project.path("suites/kitchen-display/K1.toml"), include_str!("leader-killed.scenario"))
        .unwrap();
    let snapshot = format!("suites/snapshots/{}.snap", NAME.replace("::", "__"));
    fs::write(project.path(&snapshot), include_str!("leader-killed.snap")).unwrap();
    let (output, text) = project.run(&["--exact", NAME]);
    assert!(output.status.success(), "{text}");
    let history: Vec<Value> =
        project.history(RUN).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &'static str| history.iter().filter(move |event| event["event"] == kind);

    // The consumer was connected to each broker by its own link, and each gave it messages.
    let all: BTreeSet<&str> = ["consumer->kafka/1", "consumer->kafka/2", "consumer->kafka/3"].into();
    let links = |kind| of(kind).filter_map(|event| event["link"].as_str()).filter(|link| all.contains(link));
    assert_eq!(links("connection-opened").collect::<BTreeSet<_>>(), all);
    assert_eq!(links("records-fetched").collect::<BTreeSet<_>>(), all);

    // It was the one that gave the first messages, and was back before the end.
    let first = of("records-fetched").next().unwrap();
    let changes: Vec<(&Value, &str)> =
        of("broker-changed").map(|event| (&event["broker"], event["state"].as_str().unwrap())).collect();
    assert_eq!(changes, [(&changes[0].0.clone(), "killed"), (&changes[0].0.clone(), "started")]);
    assert_eq!(first["link"], format!("consumer->kafka/{}", changes[0].0));
    // Since then another one leads its partition.
    let mut of_partition = of("records-fetched").filter(|event| event["partition"] == first["partition"]);
    assert_ne!(of_partition.next_back().unwrap()["link"], first["link"]);

    // Whatever was written passed a link, and so did whatever was read: the consumer did its work, by the verdict.
    let number = |event: &Value, field: &str| event[field].as_u64().unwrap();
    let mut fetched: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for event in of("records-fetched").filter(|event| event["error"].is_null()) {
        let range = number(event, "first_offset")..=number(event, "last_offset");
        fetched.entry(number(event, "partition")).or_default().extend(range);
    }
    let mut produced: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for event in of("produced") {
        produced.entry(number(event, "partition")).or_default().insert(number(event, "offset"));
    }
    assert_eq!(fetched, produced);
    let answered = of("produce-answered").filter(|event| event["error"].is_null());
    let written: u64 = answered.map(|event| number(event, "records")).sum();
    assert_eq!(written, 40);
}
