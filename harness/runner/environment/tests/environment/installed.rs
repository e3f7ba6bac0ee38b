//! What goes wrong says what it is and what mends it.

use std::path::{Path, PathBuf};

use futures::FutureExt;
use pitfall_environment::{Environment, check_installation};

use crate::{Named, client};

pub(crate) const TRIALS: &[Named] = &[
    ("installed::all_is_installed_here", |_| all_is_installed_here().boxed_local()),
    ("installed::missing_programs_are_named_with_the_remedy", |_| missing_programs_are_named().boxed_local()),
    ("installed::a_dying_server_shows_its_last_lines", |_| {
        a_dying_server_shows_its_last_lines().boxed_local()
    }),
    ("installed::a_relative_cache_is_refused", |_| a_relative_cache_is_refused().boxed_local()),
    ("installed::long_paths_with_blanks_are_no_hindrance", |_| long_paths_with_blanks().boxed_local()),
];

async fn all_is_installed_here() {
    let versions = check_installation().expect("ci/setup was run");
    assert!(versions.to_string().starts_with("Kafka 4."), "{versions}");
}

/// What a client with this environment says before it dies.
fn complaint(home: &Path, environment: &[(&str, &Path)]) -> String {
    let output = client::command("shared", Environment::Processes, home)
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

    let removal = format!("rm -rf '{}'/kafka-template-*", home.path().display());
    for part in ["Kafka ended with exit code 7", "the heap is cursed", &removal] {
        assert!(said.contains(part), "no '{part}' in: {said}");
    }
}

async fn a_relative_cache_is_refused() {
    let home = tempfile::tempdir().expect("a directory");

    let said = complaint(home.path(), &[("PITFALL_CACHE", Path::new("some/cache")), ("KAFKA_HOME", &jars())]);

    assert!(said.contains("some/cache: it is not an absolute path"), "{said}");
}

async fn long_paths_with_blanks() {
    let home = tempfile::tempdir().expect("a directory");
    // Longer than the path of a socket may be.
    let long = home.path().join("a folder ".repeat(12).trim());
    std::fs::create_dir(&long).expect("it is new");

    let output = client::command("pair", Environment::Processes, home.path())
        .env("TMPDIR", &long)
        .env("PITFALL_CACHE", &long)
        .env("KAFKA_HOME", jars())
        .output()
        .expect("the test binary starts again");

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
