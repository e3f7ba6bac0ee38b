//! What links read, by protocol.

use crate::http::{self, HttpEvent};
use crate::kafka::{KafkaEvent, KafkaSaid};
use crate::mysql::MysqlEvent;

/// What a protocol said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// Kafka.
    Kafka(KafkaEvent),
    /// MySQL.
    Mysql(MysqlEvent),
    /// HTTP.
    Http(HttpEvent),
}

impl Wire {
    /// What is told, by name: one name for each kind of request and of answer.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kafka(event) => match event.said {
                KafkaSaid::Asked { .. } => "kafka-request",
                KafkaSaid::Answered { .. } => "kafka-answered",
                KafkaSaid::Joined { .. } => "group-joined",
                KafkaSaid::Synced { .. } => "group-synced",
                KafkaSaid::HeartbeatRefused { .. } => "heartbeat-refused",
                KafkaSaid::Left { .. } => "group-left",
                KafkaSaid::GroupHeartbeat { .. } => "group-heartbeat",
                KafkaSaid::Committed { .. } => "offset-commit",
                KafkaSaid::OffsetsFetched { .. } => "offsets-fetched",
                KafkaSaid::Fetched { .. } => "records-fetched",
                KafkaSaid::Produced { .. } => "produce-answered",
            },
            Self::Mysql(event) => match event {
                MysqlEvent::Login { .. } | MysqlEvent::LoginFailed { .. } => "login",
                MysqlEvent::Statement { .. } => "statement",
                MysqlEvent::Answer { .. } => "statement-answered",
                MysqlEvent::Failed { .. } => "request-failed",
                MysqlEvent::Replication => "unobserved",
            },
            Self::Http(HttpEvent::Asked { .. }) => http::ASKED,
            Self::Http(HttpEvent::Answered { .. }) => http::ANSWERED,
        }
    }
}
