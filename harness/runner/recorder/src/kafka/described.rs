//! What a group looks like from outside: what `kafka-consumer-groups --describe --state` shows of it.

use std::time::Duration;

use kafka_protocol::{
    ResponseError,
    messages::{ConsumerGroupDescribeRequest, DescribeGroupsRequest, GroupId},
    protocol::StrBytes,
};

use tokio::time::timeout;

use super::wire::Connection;

/// The last version that calls a group that is not there `Dead`.
const CLASSIC: i16 = 5;
const NEWER: i16 = 0;
/// A broker that stands still does not answer: then another is asked.
const ANSWER: Duration = Duration::from_secs(1);

/// State and size of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// As Kafka names it: `Stable`, `PreparingRebalance`, …; of a group that is not there `Dead`.
    pub state: String,
    /// How many members it has.
    pub members: usize,
}

impl Described {
    /// Asks the group's coordinator, found by any broker of `bootstrap` that answers; `group` is its real name.
    pub async fn ask(bootstrap: &str, group: &str) -> Result<Self, String> {
        let mut open = open(bootstrap, group).await?;
        Self::of(&mut open, group).await
    }

    /// A group of which nobody has heard.
    pub(super) fn dead() -> Self {
        Self { state: "Dead".to_owned(), members: 0 }
    }

    /// Asks on a connection to the group's coordinator.
    pub(super) async fn of(coordinator: &mut Connection, group: &str) -> Result<Self, String> {
        within(Self::asked(coordinator, group)).await
    }

    async fn asked(coordinator: &mut Connection, group: &str) -> Result<Self, String> {
        let id = GroupId(StrBytes::from_string(group.to_owned()));
        let ask = ConsumerGroupDescribeRequest::default().with_group_ids(vec![id.clone()]);
        let told = coordinator.call(&ask, NEWER).await?;
        let told = told.groups.first().ok_or("ConsumerGroupDescribe: no group")?;
        match told.error_code {
            0 => return Ok(Self { state: told.group_state.to_string(), members: told.members.len() }),
            // Of the classic protocol, or not there.
            code if code == ResponseError::GroupIdNotFound.code() => {}
            code => return Err(format!("ConsumerGroupDescribe: error {code}")),
        }
        let ask = DescribeGroupsRequest::default().with_groups(vec![id]);
        let told = coordinator.call(&ask, CLASSIC).await?;
        let told = told.groups.first().ok_or("DescribeGroups: no group")?;
        match told.error_code {
            0 => Ok(Self { state: told.group_state.to_string(), members: told.members.len() }),
            code => Err(format!("DescribeGroups: error {code}")),
        }
    }
}

/// A connection to the group's coordinator.
pub(super) async fn open(bootstrap: &str, group: &str) -> Result<Connection, String> {
    let mut last_seen = Vec::new();
    for broker in bootstrap.split(',') {
        let found = async { Connection::open(broker).await?.coordinator(group).await };
        match within(found).await {
            Ok(coordinator) => return within(Connection::open(&coordinator)).await,
            Err(error) => last_seen.push(format!("{broker}: {error}")),
        }
    }
    Err(last_seen.join("; "))
}

async fn within<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(format!("no answer within {ANSWER:?}")))
}
