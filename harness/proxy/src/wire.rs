//! What links read, by protocol.

use crate::kafka::KafkaEvent;
use crate::mysql::MysqlEvent;

/// What a protocol said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// Kafka.
    Kafka(KafkaEvent),
    /// MySQL.
    Mysql(MysqlEvent),
}
