//! The files of a broker's settings.

use std::net::Ipv4Addr;
use std::path::Path;

use crate::error::EnvironmentError;
use crate::kafka::config::{LOGGING, PROPERTIES, logging, properties};
use crate::kafka::{CONTROLLER, PORT};

/// The storage directory below a server's directory.
pub(super) const DATA: &str = "data";

/// Writes the settings for a broker that is alone, in `directory`.
pub(super) fn write(directory: &Path, address: Ipv4Addr) -> Result<(), EnvironmentError> {
    let [broker, controller] = [PORT, CONTROLLER].map(|port| format!("{address}:{port}"));
    write_all(directory, &properties(&broker, &controller, &broker, &data(directory)))
}

/// Writes these settings for a node in `directory`.
pub(super) fn write_all(directory: &Path, properties: &str) -> Result<(), EnvironmentError> {
    for (name, text) in [(PROPERTIES, properties), (LOGGING, logging())] {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|error| EnvironmentError::Data {
            server: "Kafka".into(),
            path,
            why: error.to_string(),
        })?;
    }
    Ok(())
}

/// A node's storage directory.
pub(super) fn data(directory: &Path) -> String {
    directory.join(DATA).display().to_string()
}
