//! Kafka's jars: `KAFKA_HOME/libs`, else those that `ci/setup` has put into the cache.

use std::path::{Path, PathBuf};

use super::{SETUP, absolute, major_minor};
use crate::cache;
use crate::error::EnvironmentError;

/// What `ci/kafka/pom.xml` asks for.
const VERSION: &str = "4.3.1";

/// All jars of a Kafka broker.
#[derive(Clone, Debug)]
pub(crate) struct KafkaJars {
    pub(crate) version: String,
    /// Every jar by its own path, in a fixed order: an AppCDS archive holds for one class path only.
    pub(crate) class_path: String,
    /// Size and age of every jar: the JVM silently ignores an archive that was made from others.
    pub(crate) stamps: String,
}

impl KafkaJars {
    pub(super) fn find() -> Result<KafkaJars, EnvironmentError> {
        let libs = match std::env::var_os("KAFKA_HOME").filter(|home| !home.is_empty()) {
            Some(home) => absolute(PathBuf::from(home).join("libs")),
            None => cache::root()?.join(format!("kafka-{VERSION}/libs")),
        };
        let mut jars: Vec<PathBuf> = libs
            .read_dir()
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jar"))
            .collect();
        jars.sort();
        let version = jars.iter().find_map(|jar| {
            let name = jar.file_name()?.to_str()?.strip_prefix("kafka_2.13-")?.strip_suffix(".jar")?;
            name.starts_with(|c: char| c.is_ascii_digit()).then(|| name.to_owned())
        });
        let Some(version) = version else {
            return Err(EnvironmentError::Missing {
                what: format!("Kafka's jars (kafka_2.13-{VERSION}.jar and what it needs)"),
                looked: format!("{}; KAFKA_HOME is another place", libs.display()),
                remedy: SETUP.into(),
            });
        };
        if major_minor(&version) < (4, 0) {
            return Err(EnvironmentError::Unfit {
                what: format!("Kafka ({})", libs.display()),
                found: version,
                wanted: "4.0 or newer".into(),
                remedy: format!("{SETUP} and unset KAFKA_HOME"),
            });
        }
        let class_path = jars.iter().map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":");
        let stamps = jars.iter().map(|jar| stamp(jar)).collect::<Vec<_>>().join(" ");
        Ok(KafkaJars { version, class_path, stamps })
    }
}

fn stamp(jar: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    jar.metadata().map(|found| format!("{}@{}", found.len(), found.mtime())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_setup_fetches() {
        let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ci/kafka/pom.xml");
        let pom = std::fs::read_to_string(pom).expect("it stands in the repository");

        assert!(pom.contains(&format!("<kafka.version>{VERSION}</kafka.version>")));
    }
}
