//! The command line of Kafka's JVM.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pitfall_warden::{Exit, Owner, Warden};

use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::kafka::config::{LOGGING, PROPERTIES};
use crate::kafka::{CLUSTER, JVM};
use crate::processes::program::{self, Program, Spawned};

/// How long formatting may take.
const FORMAT: Duration = Duration::from_secs(60);

/// What to do with an archive of loaded classes (AppCDS).
pub(super) enum Archive {
    /// Write it when the JVM ends. One that cannot does without.
    Make(PathBuf),
    /// Read it. One that does not fit, or is not there, is ignored by the JVM.
    Use(PathBuf),
}

/// The options of every JVM here.
pub(super) fn options() -> String {
    JVM.join(" ")
}

/// Starts a node in `directory`, which holds its settings and storage; `arguments` overrule settings.
pub(super) async fn spawn(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    directory: &Path,
    archive: Archive,
    arguments: &[&str],
    name: &str,
) -> Result<Spawned, EnvironmentError> {
    let archive = match archive {
        Archive::Make(path) => format!("-XX:ArchiveClassesAtExit={}", path.display()),
        Archive::Use(path) => format!("-XX:SharedArchiveFile={}", path.display()),
    };
    let properties = directory.join(PROPERTIES).display().to_string();
    let arguments: Vec<String> =
        ["kafka.Kafka", &properties].iter().chain(arguments).map(|argument| (*argument).to_owned()).collect();
    java(warden, owner, installation, directory, &[archive], &arguments, name).await
}

/// Formats the storage; returns when that is done.
pub(super) async fn format(
    warden: &Warden,
    installation: &Installation,
    directory: &Path,
) -> Result<(), EnvironmentError> {
    let properties = directory.join(PROPERTIES).display().to_string();
    let arguments =
        ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", &properties].map(str::to_owned);
    let tool = java(warden, &Owner::Client, installation, directory, &[], &arguments, "Kafka").await?;
    tool.started.ends("a formatted storage", Exit::Code(0), FORMAT).await
}

async fn java(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    directory: &Path,
    options: &[String],
    arguments: &[String],
    name: &str,
) -> Result<Spawned, EnvironmentError> {
    let mut all: Vec<String> = JVM.iter().map(|option| (*option).to_owned()).collect();
    all.extend_from_slice(options);
    all.push(format!("-Dlog4j2.configurationFile={}", directory.join(LOGGING).display()));
    all.extend(["-cp".to_owned(), installation.kafka.class_path.clone()]);
    all.extend_from_slice(arguments);
    let program = Program {
        name,
        path: &installation.java.program,
        arguments: all,
        directory,
        log: "kafka.log",
        templates: "kafka-template",
    };
    program::spawn(warden, owner, program).await
}
