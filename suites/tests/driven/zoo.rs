//! The zoo has an animal for each anomaly.

use std::{fs, path::Path};

#[test]
fn every_anomaly_is_the_one_that_some_animal_shows() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(workspace.join("docs/anomalies.md")).unwrap();
    let habitats: Vec<String> = fs::read_dir(workspace.join("fixtures/zoo/habitats"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let anomalies: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert!(anomalies.len() > 30, "the page has a heading for each: {anomalies:?}");
    for anomaly in anomalies {
        let declared = format!("expect = [\"{anomaly}\"]");
        assert!(habitats.iter().any(|habitat| habitat.contains(&declared)), "no animal shows {anomaly}");
    }
}
