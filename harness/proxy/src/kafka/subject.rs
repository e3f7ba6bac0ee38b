//! What there is to say of a request before it is forwarded, and of any answer.

use std::sync::Arc;

use kafka_protocol::messages::ApiKey;

use super::api::Api;
use super::asked::Asked;
use super::event::{Assignment, KafkaError, KafkaSaid};
use super::question::Question;
use crate::gate::Gate;

/// What is told of a request ([`KafkaSaid::Asked`]), and of any answer ([`KafkaSaid::Answered`]).
pub(super) const REQUEST: &str = "kafka-request";
pub(super) const ANSWERED: &str = "kafka-answered";

/// Whom and what a request is about, as far as it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) group: Option<Arc<str>>,
    /// `None` also where a request names several.
    pub(super) member: Option<Arc<str>>,
    pub(super) partitions: Assignment,
}

impl Subject {
    pub(super) fn of(question: Option<&Question>) -> Self {
        let Some(question) = question else {
            return Self::default();
        };
        match question {
            Question::Join(by)
            | Question::Sync(by)
            | Question::Heartbeat(by)
            | Question::GroupHeartbeat(by) => Self {
                group: Some(by.group.clone()),
                member: Some(by.member.clone()),
                partitions: Assignment::new(),
            },
            Question::Leave(leave) => Self {
                group: Some(leave.group.clone()),
                member: if let [only] = &leave.members[..] { Some(only.clone()) } else { None },
                partitions: Assignment::new(),
            },
            Question::Commit(commit) => Self {
                group: Some(commit.by.group.clone()),
                member: Some(commit.by.member.clone()),
                partitions: names(&commit.offsets, |offsets| offsets.keys().copied().collect()),
            },
            Question::Fetch(fetch) => Self {
                group: None,
                member: None,
                partitions: names(&fetch.offsets, |offsets| offsets.keys().copied().collect()),
            },
            Question::OffsetFetch(fetch) => {
                let (group, partitions) = fetch.only();
                Self { group, member: None, partitions }
            }
            Question::Produce(produce) => Self {
                group: None,
                member: None,
                partitions: names(&produce.records, |records| records.keys().copied().collect()),
            },
        }
    }

    /// The request.
    pub(super) fn asked(self, api_key: i16) -> KafkaSaid {
        let Self { group, member, partitions } = self;
        KafkaSaid::Asked { api: name(api_key), group, member, partitions }
    }

    /// Its answer, of which this is told besides.
    pub(super) fn answered(self, api_key: i16, said: &[KafkaSaid]) -> KafkaSaid {
        let Self { group, partitions, .. } = self;
        KafkaSaid::Answered { api: name(api_key), group, partitions, error: said.iter().find_map(error) }
    }
}

fn names<'a, P: 'a>(
    topics: impl IntoIterator<Item = (&'a Arc<str>, &'a P)>,
    partitions: impl Fn(&P) -> Vec<i32>,
) -> Assignment {
    topics.into_iter().map(|(topic, named)| (topic.clone(), partitions(named))).collect()
}

/// Kafka's name of an API.
pub(super) fn name(api_key: i16) -> Arc<str> {
    match ApiKey::try_from(api_key) {
        Ok(key) => format!("{key:?}").into(),
        Err(_) => format!("API {api_key}").into(),
    }
}

/// Whether the answer is to be held.
pub(super) fn is_wanted(gate: &Gate, asked: &Asked) -> bool {
    let own = |(_, question): &(_, Question)| gate.wants(kind(question.api()));
    gate.wants(ANSWERED) || asked.question.as_ref().is_some_and(own)
}

/// What is told of an API's answers.
fn kind(api: Api) -> &'static str {
    match api {
        Api::Produce => "produce-answered",
        Api::OffsetCommit => "offset-commit",
        Api::OffsetFetch => "offsets-fetched",
        Api::Fetch => "records-fetched",
        Api::JoinGroup => "group-joined",
        Api::Heartbeat => "heartbeat-refused",
        Api::LeaveGroup => "group-left",
        Api::SyncGroup => "group-synced",
        Api::ConsumerGroupHeartbeat => "group-heartbeat",
    }
}

fn error(said: &KafkaSaid) -> Option<KafkaError> {
    match said {
        KafkaSaid::HeartbeatRefused { error, .. } => Some(*error),
        KafkaSaid::Joined { error, .. }
        | KafkaSaid::Synced { error, .. }
        | KafkaSaid::Left { error, .. }
        | KafkaSaid::GroupHeartbeat { error, .. }
        | KafkaSaid::Committed { error, .. }
        | KafkaSaid::OffsetsFetched { error, .. }
        | KafkaSaid::Fetched { error, .. }
        | KafkaSaid::Produced { error, .. }
        | KafkaSaid::Answered { error, .. } => *error,
        KafkaSaid::Asked { .. } => None,
    }
}
