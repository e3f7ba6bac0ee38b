//! The clients that are installed here.
//!
//! The newest Java client is that of the Kafka that the broker is started from. `ci/setup` puts all others into `clients` in
//! Pitfall's cache directory (`PITFALL_CACHE`, else the user's), with a copy of the file that says which they are.

use std::path::{Path, PathBuf};

use pitfall_environment::{KafkaPrograms, cache_directory, find_kafka_programs};

/// Where the programs are.
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka_clients/clients");
const POM: &str = include_str!("../../../../ci/clients/pom.xml");
const REQUIREMENTS: &str = include_str!("../../../../ci/clients/requirements.txt");

#[derive(Clone, Copy)]
pub(crate) enum Library {
    /// That of this Kafka.
    Java,
    /// 2.8.1.
    OlderJava,
    ConfluentKafka,
    Aiokafka,
}

/// How a client's program is run.
pub(crate) enum Client {
    /// With these jars, once it is compiled.
    Java { java: PathBuf, class_path: String },
    /// By this Python.
    Python { python: PathBuf, script: String },
}

impl Client {
    /// `Err` says what is missing, and what mends it.
    pub(crate) fn find(library: Library) -> Result<Client, String> {
        match library {
            Library::Java | Library::OlderJava => {
                let fetched = fetched("java", "pom.xml", POM)?;
                let programs = find_kafka_programs().map_err(|error| error.to_string())?;
                let KafkaPrograms { java, class_path, .. } = programs;
                let class_path = match library {
                    Library::OlderJava => format!("{}/*", fetched.display()),
                    _ => class_path,
                };
                Ok(Client::Java { java, class_path })
            }
            Library::ConfluentKafka => python("confluent.py"),
            Library::Aiokafka => python("aiokafka_client.py"),
        }
    }
}

fn python(script: &str) -> Result<Client, String> {
    let python = fetched("python", "requirements.txt", REQUIREMENTS)?.join("bin/python");
    Ok(Client::Python { python, script: format!("{CLIENTS}/{script}") })
}

/// The arguments by which Java compiles the program into a directory. Compiled against the older library, it runs with both.
pub(crate) fn compiler(into: &Path) -> Vec<String> {
    let jars = fetched("java", "pom.xml", POM).unwrap();
    // The compiler takes for the program what it has itself.
    let class_path = format!("{}/*", jars.display());
    let main = "org.eclipse.jdt.internal.compiler.batch.Main";
    let into = into.display().to_string();
    let source = format!("{CLIENTS}/Client.java");
    ["-cp", &class_path, main, "-17", "-proc:none", "-d", &into, &source].map(str::to_owned).to_vec()
}

/// Where `ci/setup` has put what this file asks for.
fn fetched(directory: &str, file: &str, text: &str) -> Result<PathBuf, String> {
    let at = cache_directory().map_err(|error| error.to_string())?.join("clients").join(directory);
    match std::fs::read_to_string(at.join(file)) {
        Ok(found) if found == text => Ok(at),
        Ok(_) => Err(format!("{} is not what ci/clients/{file} asks for; run ci/setup", at.display())),
        Err(error) => Err(format!("{}: {error}; run ci/setup", at.join(file).display())),
    }
}
