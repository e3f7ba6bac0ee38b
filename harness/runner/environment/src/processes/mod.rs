//! Servers as child processes of the warden.

mod clock;
pub(crate) mod kafka;
pub(crate) mod mariadb;
mod program;

pub(crate) use clock::Clock;
pub use kafka::KafkaServer;
