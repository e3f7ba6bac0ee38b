//! What makes the start fast: a formatted storage with a warm `__consumer_offsets`, and an archive of loaded classes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pitfall_warden::{Exit, Owner, Signal, Warden};

use super::{PORTS, command, settings};
use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::kafka::{PORT, config, readiness};
use crate::loopback;
use crate::processes::program::Spawned;

/// The archive's name in the template.
pub(super) const ARCHIVE: &str = "kafka.jsa";

/// What the template depends on.
pub(crate) fn fingerprint(installation: &Installation) -> String {
    cache::fingerprint(&[
        &installation.kafka.version,
        &installation.kafka.class_path,
        &installation.kafka.stamps,
        &installation.java.version,
        &installation.java.program.display().to_string(),
        &command::options(),
        &config::properties("", "", "", ""),
        config::logging(),
    ])
}

/// The template's directory; makes it if it is not there.
pub(super) async fn get(
    warden: &Warden,
    installation: &Installation,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<PathBuf, EnvironmentError> {
    let name = format!("kafka-template-{}-{}", installation.kafka.version, fingerprint(installation));
    cache::get_or_build(&name, |directory| async move {
        progress("preparing Kafka's storage and class archive (once, about 10 s)");
        build(warden, installation, &directory).await
    })
    .await
}

async fn build(
    warden: &Warden,
    installation: &Installation,
    directory: &Path,
) -> Result<(), EnvironmentError> {
    let address = loopback::draw(PORTS)?;
    settings::write(directory, address)?;
    command::format(warden, installation, directory).await?;
    let archive = command::Archive::Make(directory.join(ARCHIVE));
    let Spawned { started, process, .. } =
        command::spawn(warden, &Owner::Client, installation, directory, archive, &[], "Kafka").await?;
    readiness::ready(&started, (address, PORT).into(), 1).await?;
    // An orderly end: the storage needs no recovery, and the JVM writes the archive.
    process.signal(Signal::SIGTERM).await?;
    started.ends("its orderly end", Exit::Code(143), Duration::from_secs(60)).await
}
