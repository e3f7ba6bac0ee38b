//! The files of a broker's settings.

use std::net::Ipv4Addr;
use std::path::Path;

use crate::error::EnvironmentError;
use crate::kafka::config::{LOGGING, PROPERTIES, logging, properties};
use crate::kafka::{CONTROLLER, PORT};

/// The storage directory below a server's directory.
pub(super) const DATA: &str = "data";

/// Writes the settings for a server in `directory`.
pub(super) fn write(directory: &Path, address: Ipv4Addr) -> Result<(), EnvironmentError> {
    let [broker, controller] = [PORT, CONTROLLER].map(|port| format!("{address}:{port}"));
    let properties = properties(&broker, &controller, &broker, &directory.join(DATA).display().to_string());
    for (name, text) in [(PROPERTIES, properties.as_str()), (LOGGING, logging())] {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|error| EnvironmentError::Data {
            server: "Kafka".into(),
            path,
            why: error.to_string(),
        })?;
    }
    Ok(())
}
