//! Verdicts that must not be "as declared".

use crate::project::Project;

const B8: &str = "kitchen-display/B8-stale-replica.toml";
const B7: &str = "kitchen-display/B7-duplicate-key.toml";
const AFTER: &str = "kitchen-display::B8-stale-replica::after";

#[test]
fn an_unfixed_after_fails_by_the_name_of_the_anomaly() {
    let project = Project::with(B8);
    project.change(&format!("suites/{B8}"), "INCOMPLETE = \"retry\"", "INCOMPLETE = \"accept\"");
    let (output, text) = project.run(&["--exact", AFTER]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("lost-message ×4"), "{text}");
    assert!(text.contains("partial-read-stored ×4"), "{text}");
    assert!(text.contains("run directory: "), "{text}");
}

#[test]
fn a_before_that_was_fixed_fails_too() {
    let project = Project::with(B7);
    project.change(&format!("suites/{B7}"), "STORE = \"check-then-insert\"", "STORE = \"upsert\"");
    let (output, text) = project.run(&["--exact", "kitchen-display::B7-duplicate-key::before"]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("declared duplicate-key-error was not shown"), "{text}");
}

#[test]
fn a_fault_that_did_not_bite_is_inconclusive() {
    let project = Project::with(B7);
    project.change(&format!("suites/{B7}"), "outcome=met nth=20", "outcome=met nth=1000");
    let (output, text) = project.run(&["--exact", "kitchen-display::B7-duplicate-key::after"]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("INCONCLUSIVE: fault copies-meet"), "{text}");
}
