//! What a person types, and what is said before anything starts.

use crate::project::Project;

const B8: &str = "kitchen-display/B8-stale-replica.toml";
const SYSTEM: &str = "fixtures/kitchen-display/pitfall.toml";

#[test]
fn list_names_every_variant_and_starts_nothing() {
    let project = Project::with(B8);
    let (output, text) = project.run(&["--list"]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("kitchen-display::B8-stale-replica::before: test"), "{text}");
    assert!(text.contains("kitchen-display::B8-stale-replica::after: test"), "{text}");
    assert_eq!(project.alive(), []);
}

#[test]
fn what_the_environment_does_not_offer_is_listed_as_skipped_with_the_reason() {
    let project = Project::with(B8);
    project.change(&format!("suites/{B8}"), "instances =", "needs = { brokers = 4 }\ninstances =");
    for (environment, has) in [("processes", 3), ("containers", 1)] {
        let mut command = project.command(&[]);
        command.env("PITFALL_ENVIRONMENT", environment).env_remove("PITFALL_NO_CONTAINERS");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        let reason = format!("[skipped: needs 4 brokers, environment `{environment}` has {has}]");
        assert!(text.contains(&reason), "{text}");
        assert!(text.contains("0 passed; 0 failed; 3 ignored"), "{text}");
    }
    let (output, text) = project.run(&["--include-ignored"]);
    assert!(!output.status.success(), "skipped is never passed: {text}");
    assert_eq!(project.alive(), []);
}

#[test]
fn help_tells_of_libtest_s_options_and_of_the_scale() {
    let project = Project::with(B8);
    let (output, text) = project.run(&["-h"]);
    assert!(output.status.success(), "{text}");
    for says in [
        "USAGE: [OPTIONS] [FILTER]",
        "--exact",
        "--scale <SCALE>",
        "own: each scenario at the scale that it says",
        "[default: own] [possible values: own, true]",
        "up to 16 tests are run at the same time",
    ] {
        assert!(text.contains(says), "`{says}` is not said: {text}");
    }
    let (output, text) = project.run(&["--scale", "large"]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("invalid value 'large' for '--scale <SCALE>'"), "{text}");
}

#[test]
fn at_true_scale_what_is_not_written_for_it_is_listed_as_skipped() {
    let project = Project::with(B8);
    let scaled = "suites/kitchen-display/scaled.toml";
    project.copy(&format!("suites/{B8}"), scaled);
    project.change(scaled, "name = \"stale-replica\"", "name = \"scaled\"\nscale = { time = 2 }").change(
        scaled,
        "within = \"40s\"",
        "within = \"{time:40s}\"",
    );
    for (arguments, skipped) in
        [(&["--list"][..], ""), (&["--list", "--scale", "true"], "[skipped: not written to be scaled] ")]
    {
        let (output, text) = project.run(arguments);
        assert!(output.status.success(), "{text}");
        for line in [
            "kitchen-display::B8-scaled::before: test".to_owned(),
            format!("{skipped}kitchen-display::B8-stale-replica::before: test"),
        ] {
            assert!(text.lines().any(|told| told == line), "`{line}` is not told: {text}");
        }
    }
    let (output, text) = project.run(&["--scale", "true", "stale-replica"]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("0 passed; 0 failed; 3 ignored"), "{text}");
    project.change(scaled, "{time:40s}", "{time:40}");
    let (output, text) = project.run(&["--scale", "true"]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("scaled.toml:") && text.contains("write e.g. `{time:5min}`"), "{text}");
    assert_eq!(project.alive(), []);
}

#[test]
fn a_filter_that_matches_nothing_runs_nothing() {
    let project = Project::with(B8);
    let (output, text) = project.run(&["no-such-scenario"]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("3 filtered out"), "{text}");
    assert_eq!(project.alive(), []);
}

#[test]
fn a_wrong_scenario_is_told_with_place_and_remedy_before_anything_starts() {
    let project = Project::with(B8);
    project.change(&format!("suites/{B8}"), "quiet =", "quite =");
    let (output, text) = project.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("B8-stale-replica.toml:"), "{text}");
    assert!(text.contains("did you mean `quiet`?"), "{text}");
    assert!(text.contains("nothing was started"), "{text}");
    assert_eq!(project.alive(), []);
}

#[test]
fn a_seed_that_is_no_number_is_refused() {
    let project = Project::with(B8);
    let output = project.command(&[]).env("PITFALL_SEED", "x17").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("PITFALL_SEED is `x17`"), "{text}");
}

#[test]
fn an_environment_or_links_that_do_not_exist_are_refused() {
    let project = Project::with(B8);
    for (variable, known) in
        [("PITFALL_ENVIRONMENT", "`processes` and `containers`"), ("PITFALL_LINKS", "`own` and `toxiproxy`")]
    {
        let output = project.command(&[]).env(variable, "clouds").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(&format!("{variable} is `clouds`: it must be one of {known}")), "{text}");
    }
    assert_eq!(project.alive(), []);
}

#[test]
fn where_containers_cannot_be_had_tests_are_listed_as_skipped_with_the_reason() {
    let project = Project::with(B8);
    for (variable, value) in [("PITFALL_ENVIRONMENT", "containers"), ("PITFALL_LINKS", "toxiproxy")] {
        let mut command = project.command(&[]);
        let output =
            command.env(variable, value).env("PITFALL_NO_CONTAINERS", "no dockerd").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("[skipped: containers cannot be had: no dockerd]"), "{text}");
        assert!(text.contains("0 passed; 0 failed; 3 ignored"), "{text}");
    }
    assert_eq!(project.alive(), []);
}

#[test]
fn an_unknown_system_is_told_with_the_nearest_name() {
    let project = Project::with(B8);
    project.change(&format!("suites/{B8}"), "system = \"kitchen-display\"", "system = \"kitchen-dsplay\"");
    let (output, text) = project.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("did you mean `kitchen-display`?"), "{text}");
}

#[test]
fn a_schema_that_is_not_there_is_told_with_its_place() {
    let project = Project::with(B8);
    project.change(SYSTEM, "schema = \"schema.sql\"", "schema = \"scheme.sql\"");
    is_refused(
        &project,
        &["kitchen-display/pitfall.toml:", "there is no file", "kitchen-display/scheme.sql"],
    );
}

#[test]
fn a_wrong_system_is_told_once_and_not_as_unknown() {
    let project = Project::with(B8);
    project.change(SYSTEM, "database = \"kitchen\"", "database = \"kitchn\"");
    is_refused(&project, &["no database is called `kitchn`; did you mean `kitchen`?", "1 error(s)"]);
}

#[test]
fn two_systems_with_one_name_are_refused() {
    let project = Project::with(B8);
    project.change("fixtures/order-sync/pitfall.toml", "name = \"order-sync\"", "name = \"kitchen-display\"");
    is_refused(&project, &["describes a system called `kitchen-display` too"]);
}

#[test]
fn two_scenarios_with_one_name_are_refused() {
    let project = Project::with(B8);
    project.copy(&format!("suites/{B8}"), "suites/kitchen-display/again.toml");
    is_refused(&project, &["again.toml:1:", "another file has a scenario with the name"]);
}

/// Nothing is started, and all of `says` is said.
fn is_refused(project: &Project, says: &[&str]) {
    let (output, text) = project.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    for says in says.iter().chain(&["nothing was started"]) {
        assert!(text.contains(says), "`{says}` is not said: {text}");
    }
    assert_eq!(project.alive(), []);
}

#[test]
fn a_missing_server_is_named_with_the_command_that_mends_it() {
    let project = Project::with(B8);
    let nowhere = tempfile::tempdir().unwrap();
    let output = project.command(&[]).env("KAFKA_HOME", nowhere.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("ci/setup") || text.contains("KAFKA_HOME"), "{text}");
    assert!(text.contains("Kafka"), "{text}");
}
