//! Kinds of messages, and what is told of each.

use pitfall_proxy::{Assignment, Direction, KafkaError, KafkaSaid};

use crate::spoken::Spoken;

/// A kind of messages that a link can hold ([`pitfall_proxy::Wire::kind`]).
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) kind: &'static str,
    pub(crate) protocol: Spoken,
    /// Which way the messages go.
    pub(crate) direction: Direction,
    /// What is told of them, of what can be asked for.
    pub(crate) fields: &'static [&'static str],
}

const MEMBER: &[&str] = &["client", "group", "member", "error"];

/// All kinds.
pub(crate) const KINDS: &[Told] = &[
    request("kafka-request", Spoken::Kafka, &["client", "api", "group", "member", "topic", "partition"]),
    answer("kafka-answered", Spoken::Kafka, &["client", "api", "group", "topic", "partition", "error"]),
    answer("group-joined", Spoken::Kafka, MEMBER),
    answer("group-synced", Spoken::Kafka, MEMBER),
    answer("heartbeat-refused", Spoken::Kafka, MEMBER),
    answer("group-left", Spoken::Kafka, MEMBER),
    answer("group-heartbeat", Spoken::Kafka, MEMBER),
    answer("offset-commit", Spoken::Kafka, &["client", "group", "member", "topic", "partition", "error"]),
    answer("offsets-fetched", Spoken::Kafka, &["client", "group", "topic", "partition", "error"]),
    answer("records-fetched", Spoken::Kafka, &["client", "topic", "partition", "error"]),
    answer("produce-answered", Spoken::Kafka, &["client", "topic", "partition", "error"]),
    request("statement", Spoken::Mysql, &["database", "text"]),
    answer("statement-answered", Spoken::Mysql, &["text", "error"]),
    request("http-request", Spoken::Http, &["method", "path", "text"]),
    answer("http-answered", Spoken::Http, &["method", "path", "text", "status"]),
];

const fn request(kind: &'static str, protocol: Spoken, fields: &'static [&'static str]) -> Told {
    Told { kind, protocol, direction: Direction::Upstream, fields }
}

const fn answer(kind: &'static str, protocol: Spoken, fields: &'static [&'static str]) -> Told {
    Told { kind, protocol, direction: Direction::Downstream, fields }
}

/// What is told of the requests and answers of one of Kafka's APIs, besides the client: of most of them, nothing.
pub(crate) fn of_api(api: &str) -> &'static [&'static str] {
    match api {
        "JoinGroup" | "SyncGroup" | "Heartbeat" | "LeaveGroup" | "ConsumerGroupHeartbeat" => {
            &["group", "member", "error"]
        }
        "OffsetCommit" => &["group", "member", "topic", "partition", "error"],
        "OffsetFetch" => &["group", "topic", "partition", "error"],
        "Produce" | "Fetch" => &["topic", "partition", "error"],
        _ => &[],
    }
}

/// The partitions that a message names.
pub(crate) enum Places<'a> {
    None,
    One(&'a str, i32),
    Many(&'a Assignment),
}

/// Group, member, partitions and error, where they are told.
pub(crate) fn about(said: &KafkaSaid) -> (Option<&str>, Option<&str>, Places<'_>, Option<KafkaError>) {
    match said {
        KafkaSaid::Asked { group, member, partitions, .. } => {
            (group.as_deref(), member.as_deref(), Places::Many(partitions), None)
        }
        KafkaSaid::Answered { group, partitions, error, .. } => {
            (group.as_deref(), None, Places::Many(partitions), *error)
        }
        KafkaSaid::Joined { group, member, error, .. }
        | KafkaSaid::Synced { group, member, error, .. }
        | KafkaSaid::Left { group, member, error }
        | KafkaSaid::GroupHeartbeat { group, member, error, .. } => {
            (Some(group), Some(member), Places::None, *error)
        }
        KafkaSaid::HeartbeatRefused { group, member, error, .. } => {
            (Some(group), Some(member), Places::None, Some(*error))
        }
        KafkaSaid::Committed { group, member, topic, partition, error, .. } => {
            (Some(group), Some(member), Places::One(topic, *partition), *error)
        }
        KafkaSaid::OffsetsFetched { group, topic, partition, error, .. } => {
            (Some(group), None, Places::One(topic, *partition), *error)
        }
        KafkaSaid::Fetched { topic, partition, error, .. }
        | KafkaSaid::Produced { topic, partition, error, .. } => {
            (None, None, Places::One(topic, *partition), *error)
        }
    }
}
