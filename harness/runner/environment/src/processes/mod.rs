//! Servers as child processes of the warden.

mod clock;
pub(crate) mod kafka;
pub(crate) mod mariadb;

pub(crate) use clock::Clock;
pub use kafka::KafkaServer;

/// The environment of a server: little, so that none of the user's settings (`JAVA_TOOL_OPTIONS`, `MYSQL_HOME`) leaks in.
fn environment() -> Vec<(String, String)> {
    let mut environment = vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())];
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
        if let Ok(value) = std::env::var(name) {
            environment.push((name.to_owned(), value));
        }
    }
    environment
}
