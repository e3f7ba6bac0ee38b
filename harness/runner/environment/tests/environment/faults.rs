//! What goes wrong says what it is and what mends it.

use std::path::{Path, PathBuf};
use std::process::Command;

use futures::FutureExt;
use pitfall_environment::check_installation;

use crate::Named;

pub(crate) const TRIALS: &[Named] = &[
    ("faults::all_is_installed_here", || all_is_installed_here().boxed()),
    ("faults::missing_programs_are_named_with_the_remedy", || missing_programs_are_named().boxed()),
    ("faults::a_dying_server_shows_its_last_lines", || a_dying_server_shows_its_last_lines().boxed()),
];

async fn all_is_installed_here() {
    let versions = check_installation().expect("ci/setup was run");
    assert!(versions.to_string().starts_with("Kafka 4."), "{versions}");
}

/// What a client with this environment says before it dies.
fn complaint(home: &Path, environment: &[(&str, &Path)]) -> String {
    let output = Command::new("/proc/self/exe")
        .env("PITFALL_TEST_ROLE", "client")
        .env("TMPDIR", home)
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("JAVA_HOME")
        .envs(environment.iter().copied())
        .output()
        .expect("the test binary starts again");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn missing_programs_are_named() {
    let home = tempfile::tempdir().expect("a directory");

    let java = complaint(home.path(), &[("PATH", Path::new("/nowhere"))]);
    let kafka = complaint(home.path(), &[("PITFALL_CACHE", home.path()), ("KAFKA_HOME", home.path())]);

    assert!(java.contains("java") && java.contains("ci/setup"), "{java}");
    assert!(kafka.contains("kafka_2.13") && kafka.contains("ci/setup"), "{kafka}");
}

async fn a_dying_server_shows_its_last_lines() {
    let home = tempfile::tempdir().expect("a directory");
    let program = home.path().join("bin/java");
    std::fs::create_dir(home.path().join("bin")).expect("it is new");
    let script = "#!/bin/sh\n[ \"$1\" = -version ] && { echo 'openjdk version \"17.0.1\"' >&2; exit; }\n\
                  echo 'the heap is cursed'; exit 7\n";
    std::fs::write(&program, script).expect("there is room");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("it is ours");

    // The template of a Java like this one belongs in no cache that anyone keeps.
    let jars = jars();
    let said = complaint(
        home.path(),
        &[("JAVA_HOME", home.path()), ("PITFALL_CACHE", home.path()), ("KAFKA_HOME", &jars)],
    );

    for part in ["Kafka ended with exit code 7", "the heap is cursed", "rm -rf"] {
        assert!(said.contains(part), "no '{part}' in: {said}");
    }
}

/// Where `ci/setup` has put Kafka.
fn jars() -> PathBuf {
    let directory = |name| std::env::var_os(name).map(PathBuf::from);
    directory("KAFKA_HOME").unwrap_or_else(|| {
        let cache = directory("PITFALL_CACHE")
            .or_else(|| Some(directory("XDG_CACHE_HOME")?.join("pitfall")))
            .or_else(|| Some(directory("HOME")?.join(".cache/pitfall")));
        cache.expect("a home").join("kafka-4.3.1")
    })
}
