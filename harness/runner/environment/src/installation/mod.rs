//! What is installed: found and checked without starting a server.

mod java;
mod kafka;
mod mariadb;
mod toxiproxy;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::databases::Flavour;
use crate::error::EnvironmentError;

pub(crate) use java::Java;
pub(crate) use kafka::KafkaJars;
pub(crate) use mariadb::MariaDb;
pub use toxiproxy::ToxiproxyPrograms;

/// What all remedies begin with.
const SETUP: &str = "run ci/setup of Pitfall's repository";

/// The versions that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Such as `17.0.15`.
    pub java: String,
    /// Such as `4.3.1`.
    pub kafka: String,
    /// MySQL or MariaDB.
    pub database: DatabaseVersion,
}

/// Which database server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseVersion {
    /// MySQL or MariaDB.
    pub flavour: Flavour,
    /// Such as `10.11.19-MariaDB`.
    pub version: String,
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let DatabaseVersion { flavour, version } = &self.database;
        write!(f, "Kafka {} on Java {}, {flavour} {version}", self.kafka, self.java)
    }
}

/// Everything that is needed to start servers.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) java: Java,
    pub(crate) kafka: KafkaJars,
    pub(crate) mariadb: MariaDb,
}

impl Installation {
    pub(crate) fn find() -> Result<Installation, EnvironmentError> {
        Ok(Installation { java: Java::find()?, kafka: KafkaJars::find()?, mariadb: MariaDb::find()? })
    }

    pub(crate) fn versions(&self) -> Versions {
        Versions {
            java: self.java.version.clone(),
            kafka: self.kafka.version.clone(),
            database: DatabaseVersion { flavour: Flavour::MariaDb, version: self.mariadb.version.clone() },
        }
    }
}

/// Finds Java, Kafka's jars and MariaDB and looks whether they are new enough, without starting a server.
///
/// # Errors
/// Names what is missing or too old, where it was looked for, and the one command that mends it.
pub fn check_installation() -> Result<Versions, EnvironmentError> {
    Installation::find().map(|found| found.versions())
}

/// What runs a Java program with Kafka's own classes: its clients and its tools.
#[derive(Clone, Debug)]
pub struct KafkaPrograms {
    /// `java`, 17 or newer.
    pub java: PathBuf,
    /// All jars of the Kafka that is started as a broker, parted by colons.
    pub class_path: String,
    /// Kafka's version, such as `4.3.1`.
    pub version: String,
}

/// Finds Java and Kafka's jars as they are found for a broker, without starting anything.
///
/// # Errors
/// Names what is missing or too old, where it was looked for, and the one command that mends it.
pub fn find_kafka_programs() -> Result<KafkaPrograms, EnvironmentError> {
    let KafkaJars { version, class_path, .. } = KafkaJars::find()?;
    Ok(KafkaPrograms { java: Java::find()?.program, class_path, version })
}

/// The first executable of one of these names in `PATH` or in the directories that a user's `PATH` may lack.
fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let directories: Vec<PathBuf> = directories.collect();
    let mut candidates = names.iter().flat_map(|name| directories.iter().map(move |dir| dir.join(name)));
    candidates.find(|path| path.is_file()).map(absolute)
}

/// The same place for a server that works in another directory.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// The first two numbers of a version.
fn major_minor(version: &str) -> (u32, u32) {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_first_two_numbers() {
        assert_eq!(major_minor("10.11.19-MariaDB"), (10, 11));
        assert_eq!(major_minor("17.0.15+6"), (17, 0));
        assert_eq!(major_minor("21"), (21, 0));
    }
}
