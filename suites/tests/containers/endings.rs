//! However a run on containers ends, nothing is left: no process, no container, no network.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::docker;
use crate::project::Project;

pub(crate) const TRIALS: &[(&str, fn())] = &[
    ("endings::killed", || ends(Signal::SIGKILL)),
    ("endings::interrupted", || ends(Signal::SIGINT)),
    ("endings::terminated", || ends(Signal::SIGTERM)),
];

const B8: &str = "kitchen-display/B8-stale-replica.toml";
const AFTER: &str = "kitchen-display::B8-stale-replica::after";
/// Test process, warden (2), holders of shared servers, of a pair, of the platform; order-system, four consumers, retry.
const IN_MID_RUN: usize = 12;
/// Containers are removed one after the other by an engine that may have other work.
const LIMIT: Duration = Duration::from_secs(30);

fn ends(signal: Signal) {
    let project = Project::with(B8);
    project.set("PITFALL_ENVIRONMENT", "containers");
    let mut run = project.start(&["--exact", AFTER], IN_MID_RUN);
    let held = held();
    kill(Pid::from_raw(i32::try_from(run.child.id()).unwrap()), signal).unwrap();
    run.child.wait().unwrap();
    // Holders end when what they held is removed.
    run.leaves_nothing(&project, LIMIT);
    assert!(!held.is_empty(), "there were no containers to begin with");
    let left: Vec<(String, String)> = self::held().into_iter().filter(|(_, holder)| !lives(holder)).collect();
    assert!(left.is_empty(), "{left:?}");
    let networks = docker(&[
        "network",
        "ls",
        "--filter",
        "label=pitfall.holder",
        "--format",
        "{{.Label \"pitfall.holder\"}}",
    ]);
    assert!(networks.lines().all(lives), "{networks}");
}

/// Every container of ours, with its holder.
fn held() -> Vec<(String, String)> {
    let format = "{{.Names}} {{.Label \"pitfall.holder\"}}";
    let all = docker(&["ps", "-a", "--filter", "label=pitfall.holder", "--format", format]);
    all.lines().filter_map(|line| line.split_once(' ')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn lives(holder: &str) -> bool {
    let pid = holder.split('/').nth(2).unwrap_or_default();
    std::path::Path::new("/proc").join(pid).exists()
}
