//! Systems that do not do what they should: the verdict says what was awaited and what was last seen.

use crate::project::Project;

const A3: &str = "order-sync/A3-poll-eviction.toml";
const AFTER: &str = "order-sync::A3-poll-eviction::after";
const SYSTEM: &str = "fixtures/order-sync/pitfall.toml";

#[test]
fn a_consumer_that_exits() {
    let project = Project::with(A3);
    project.change(
        SYSTEM,
        "command = [\"{bin}/order-sync\", \"collect\"]",
        "command = [\"sh\", \"-c\", \"echo no licence; exit 3\"]",
    );
    let (output, text) = project.run(&["--exact", AFTER]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("INCONCLUSIVE"), "{text}");
    assert!(text.contains("role collect ready (wrote a line that matches `^ready`)"), "{text}");
    assert!(text.contains("ended with code 3, code 3; its last line: no licence"), "{text}");
}

#[test]
fn a_consumer_that_cannot_be_started() {
    let project = Project::with(A3);
    project.change(
        SYSTEM,
        "command = [\"{bin}/order-sync\", \"collect\"]",
        "command = [\"{bin}/no-such-program\"]",
    );
    let (output, text) = project.run(&["--exact", AFTER]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("no-such-program"), "{text}");
}

#[test]
fn a_consumer_that_never_joins() {
    let project = Project::with(A3);
    project.change(SYSTEM, "command = [\"{bin}/order-sync\", \"collect\"]", "command = [\"sleep\", \"600\"]");
    let (output, text) = project.run(&["--exact", AFTER]);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("role collect ready (wrote a line that matches `^ready`) within 30s"), "{text}");
    assert!(text.contains("collect running"), "{text}");
}
