//! The command line of Kafka's JVM.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pitfall_warden::{Output, Owner, Spawn, Warden};

use super::config::{LOGGING, PROPERTIES};
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::processes::environment;
use crate::wait::Started;

/// No heap of gigabytes, no second compiler, no collector with threads of its own, and room to start without a collection.
const JVM: &[&str] = &[
    "-Xms256m",
    "-Xmn96m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.disable.jmx=true",
];

/// What to do with an archive of loaded classes (AppCDS).
pub(super) enum Archive {
    /// Write it when the JVM ends.
    Make(PathBuf),
    /// Read it. One that does not fit is ignored by the JVM.
    Use(PathBuf),
}

/// The options of every JVM here.
pub(super) fn options() -> String {
    JVM.join(" ")
}

/// Starts a broker in `directory`, which holds its settings and storage.
pub(super) async fn spawn(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    directory: &Path,
    archive: Archive,
) -> Result<Started, EnvironmentError> {
    let archive = match archive {
        Archive::Make(path) => format!("-XX:ArchiveClassesAtExit={}", path.display()),
        Archive::Use(path) => format!("-XX:SharedArchiveFile={}", path.display()),
    };
    let arguments = ["kafka.Kafka".to_owned(), directory.join(PROPERTIES).display().to_string()];
    java(warden, owner, installation, directory, &[archive], &arguments).await
}

/// Formats the storage; returns when that is done.
pub(super) async fn format(
    warden: &Warden,
    installation: &Installation,
    directory: &Path,
) -> Result<(), EnvironmentError> {
    let properties = directory.join(PROPERTIES).display().to_string();
    let arguments = ["kafka.tools.StorageTool", "format", "-t", "cGl0ZmFsbC1rYWZrYS0wMQ", "-c", &properties]
        .map(str::to_owned);
    let tool = java(warden, &Owner::Client, installation, directory, &[], &arguments).await?;
    // Its end is what is awaited: code 0 is the answer, any other its death.
    match tokio::time::timeout(Duration::from_secs(30), tool.process.exited()).await {
        Ok(pitfall_warden::Exit::Code(0)) => Ok(()),
        _ => {
            tool.until("the storage to be formatted", Duration::ZERO, || async {
                Err::<(), _>("not done".into())
            })
            .await
        }
    }
}

async fn java(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    directory: &Path,
    options: &[String],
    arguments: &[String],
) -> Result<Started, EnvironmentError> {
    let log = directory.join("kafka.log");
    let mut command = Spawn::new("Kafka", installation.java.program.display().to_string());
    command.args = JVM.iter().map(|option| (*option).to_owned()).collect();
    command.args.extend_from_slice(options);
    command.args.push(format!("-Dlog4j2.configurationFile={}", directory.join(LOGGING).display()));
    command.args.extend(["-cp".to_owned(), installation.kafka.class_path.clone()]);
    command.args.extend_from_slice(arguments);
    command.env = environment();
    command.cwd = Some(directory.to_owned());
    command.stdout = Output::File(log.clone());
    command.stderr = Output::File(log.clone());
    command.owner = owner.clone();
    let process = warden.spawn(command).await?;
    let remedy = format!(
        "if this recurs, make the caches anew: rm -rf {}/kafka-template-*",
        crate::cache::root()?.display()
    );
    Ok(Started { name: "Kafka".into(), process, log, remedy })
}
