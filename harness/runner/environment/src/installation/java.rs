//! Java 17 or newer: `JAVA_HOME`, else `PATH`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SETUP, absolute, find_program, major_minor};
use crate::error::EnvironmentError;

const WANTED: u32 = 17;

/// A Java that can run Kafka.
#[derive(Clone, Debug)]
pub(crate) struct Java {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

impl Java {
    pub(super) fn find() -> Result<Java, EnvironmentError> {
        let remedy = format!("{SETUP}, or: apt-get install openjdk-{WANTED}-jre-headless");
        let home = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
        let of_home = home.map(|home| absolute(PathBuf::from(home).join("bin/java")));
        let program =
            of_home.filter(|java| java.is_file()).or_else(|| find_program(&["java"])).ok_or_else(|| {
                EnvironmentError::Missing {
                    what: "java".into(),
                    looked: "JAVA_HOME and PATH".into(),
                    remedy: remedy.clone(),
                }
            })?;
        let version = from_release_file(&program).or_else(|| from_program(&program)).unwrap_or_default();
        if major_minor(&version).0 < WANTED {
            return Err(EnvironmentError::Unfit {
                what: format!("Java ({})", program.display()),
                found: if version.is_empty() { "of an unknown version".into() } else { version },
                wanted: format!("{WANTED} or newer"),
                remedy,
            });
        }
        Ok(Java { program, version })
    }
}

/// The file that comes with every JDK since 9: 40 ms faster than asking the program.
fn from_release_file(program: &Path) -> Option<String> {
    let home = program.canonicalize().ok()?.parent()?.parent()?.to_owned();
    let release = std::fs::read_to_string(home.join("release")).ok()?;
    let version = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    Some(version.trim_matches('"').to_owned())
}

fn from_program(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("-version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(text.split('"').nth(1)?.to_owned())
}
