//! However a run ends, nothing is left a second later: no process (and so no port) and no folder of a server.

use std::time::Duration;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::project::Project;

const B8: &str = "kitchen-display/B8-stale-replica.toml";
const AFTER: &str = "kitchen-display::B8-stale-replica::after";

/// Test process, warden (2), Kafka, link, shared and own databases (4), order-system, four consumers, retry.
const IN_MID_RUN: usize = 15;
const A_MOMENT: Duration = Duration::from_secs(5);

fn ends(signal: Signal, processes: usize) {
    let project = Project::with(B8);
    let mut run = project.start(&["--exact", AFTER], processes);
    kill(Pid::from_raw(i32::try_from(run.child.id()).unwrap()), signal).unwrap();
    run.child.wait().unwrap();
    run.leaves_nothing(&project, A_MOMENT);
}

#[test]
fn killed() {
    ends(Signal::SIGKILL, IN_MID_RUN);
}

#[test]
fn interrupted() {
    ends(Signal::SIGINT, IN_MID_RUN);
}

#[test]
fn terminated() {
    ends(Signal::SIGTERM, IN_MID_RUN);
}

#[test]
fn killed_while_the_warden_starts() {
    ends(Signal::SIGKILL, 3);
}

#[test]
fn killed_while_servers_start() {
    ends(Signal::SIGKILL, 6);
}

#[test]
fn at_its_end() {
    let project = Project::with(B8);
    let mut run = project.start(&["--exact", AFTER], IN_MID_RUN);
    assert!(run.child.wait().unwrap().success());
    run.leaves_nothing(&project, A_MOMENT);
}
