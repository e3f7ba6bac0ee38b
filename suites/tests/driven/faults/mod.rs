//! Faults as scenarios name them do what `docs/scenarios.md` says: small scenarios on the kitchen display, run side by side, and
//! what their histories tell.

mod case;
mod conditions;
mod killed;
mod processes;
mod run;
mod speeches;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::project::Project;
use case::Case;
use run::Run;

const ANY: &str = "kitchen-display/B8-stale-replica.toml";

/// One invocation for all of them: servers start once, and waits overlap.
#[test]
fn faults_do_what_they_are_said_to() {
    let cases: Vec<Case> = [processes::cases(), speeches::cases(), conditions::cases()].concat();
    let project = Project::with(ANY);
    for case in &cases {
        project.write(&format!("suites/kitchen-display/F-{}.toml", case.name), &case.text());
    }
    // Their verdicts are read here, not compared with accepted ones.
    project.set("INSTA_UPDATE", "always");
    let (_, text) = project.run(&["kitchen-display::F-", "--test-threads", "16"]);
    let failed: Vec<&str> = cases
        .iter()
        .filter(|case| {
            let checked = || (case.check)(&Run::of(&project, case.name, &text));
            catch_unwind(AssertUnwindSafe(checked)).is_err()
        })
        .map(|case| case.name)
        .collect();
    assert!(failed.is_empty(), "not as they should be: {failed:?}; what the runs said: {text}");
}
