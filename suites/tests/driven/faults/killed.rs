//! The harness ends while a process stands still and a message is held: both are gone with it.

use std::time::{Duration, Instant};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    ANY,
    case::{Case, USUAL},
};
use crate::project::Project;

/// A COMMIT is held, and while it is the consumer stands still.
const HELD: Case = Case {
    name: "held",
    faults: r#"
[[faults]]
name = "holds"
link = "consumer->mysql-source"
on = 'statement ~ "^COMMIT"'
speech = { type = "delay", delay = "60s" }
[[faults]]
name = "stands"
process = { role = "consumer", does = "pause" }
begin = "toxic-bit toxic=holds"
"#,
    variant: r#"
expect = []
proof = { holds = "toxic-bit toxic=holds", stands = "process-paused role=consumer" }
"#,
    ..USUAL
};

fn ends(signal: Signal) {
    let project = Project::with(ANY);
    project.write("suites/kitchen-display/F-held.toml", &HELD.text());
    let mut run = project.start(&["kitchen-display::F-held"], 1);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !run.sees(&project).iter().any(|one| one.stands_still()) {
        assert!(Instant::now() < deadline, "no process stands still: {:#?}", project.alive());
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(Pid::from_raw(i32::try_from(run.child.id()).unwrap()), signal).unwrap();
    run.child.wait().unwrap();
    run.leaves_nothing(&project, Duration::from_secs(1));
}

#[test]
fn killed_while_a_process_stands_still_and_a_message_is_held() {
    ends(Signal::SIGKILL);
}

#[test]
fn interrupted_while_a_process_stands_still_and_a_message_is_held() {
    ends(Signal::SIGINT);
}
