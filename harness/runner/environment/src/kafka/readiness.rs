//! A broker is ready when it answers ApiVersions and when each coordinator partition that it leads answers for a group.

use std::net::SocketAddr;
use std::time::Duration;

use kafka_protocol::messages::find_coordinator_response::FindCoordinatorResponse;
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{
    ApiVersionsRequest, FindCoordinatorRequest, GroupId, MetadataRequest, OffsetFetchRequest,
    OffsetFetchResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::config::OFFSETS_PARTITIONS;
use super::wire::Connection;
use crate::error::EnvironmentError;
use crate::wait::Started;

const LIMIT: Duration = Duration::from_secs(60);

/// Waits until groups can be used: the first group on a cold broker would lose seconds to errors 15 and 16.
pub(crate) async fn ready(
    server: &Started,
    address: SocketAddr,
    node_id: i32,
) -> Result<(), EnvironmentError> {
    let mut open = server
        .until("an answer to ApiVersions", LIMIT, || async move {
            let mut connection = Connection::open(address).await?;
            let answer = connection.call(ApiVersionsRequest::default(), 0).await?;
            if answer.error_code == 0 {
                Ok(connection)
            } else {
                Err(format!("ApiVersions: error {}", answer.error_code))
            }
        })
        .await?;
    let groups: Vec<GroupId> = (0..OFFSETS_PARTITIONS).map(group_in_partition).collect();
    let question = &groups;
    let connection = tokio::sync::Mutex::new(&mut open);
    let connection = &connection;
    server
        .until("a group coordinator that answers", LIMIT, || async move {
            let mut connection = connection.lock().await;
            let keys = question.iter().map(|group| group.0.clone()).collect();
            let find = FindCoordinatorRequest::default().with_coordinator_keys(keys);
            let own = found(&connection.call(find, 4).await?, node_id)?;
            let ask = |group| OffsetFetchRequestGroup::default().with_group_id(group).with_topics(None);
            let fetch = OffsetFetchRequest::default().with_groups(own.into_iter().map(ask).collect());
            fetched(&connection.call(fetch, 8).await?)
        })
        .await
}

/// The groups that this node coordinates.
fn found(answer: &FindCoordinatorResponse, node_id: i32) -> Result<Vec<GroupId>, String> {
    match answer.coordinators.iter().find(|coordinator| coordinator.error_code != 0) {
        None => {
            let own = answer.coordinators.iter().filter(|coordinator| coordinator.node_id.0 == node_id);
            Ok(own.map(|coordinator| GroupId(coordinator.key.clone())).collect())
        }
        Some(refused) => {
            Err(format!("FindCoordinator({}): error {}", refused.key.as_str(), refused.error_code))
        }
    }
}

/// Waits until a broker knows of so many brokers.
pub(crate) async fn knows_all(
    server: &Started,
    address: SocketAddr,
    brokers: usize,
) -> Result<(), EnvironmentError> {
    server
        .until("a cluster that is complete", LIMIT, || async move {
            let ask = MetadataRequest::default().with_topics(Some(Vec::new()));
            let answer = Connection::open(address).await?.call(ask, 9).await?;
            match answer.brokers.len() {
                known if known == brokers => Ok(()),
                known => Err(format!("Metadata: {known} of {brokers} brokers")),
            }
        })
        .await
}

fn fetched(answer: &OffsetFetchResponse) -> Result<(), String> {
    match answer.groups.iter().find(|group| group.error_code != 0) {
        None => Ok(()),
        Some(refused) => {
            Err(format!("OffsetFetch({}): error {}", refused.group_id.as_str(), refused.error_code))
        }
    }
}

/// A group name whose offsets are kept in this partition of `__consumer_offsets`.
fn group_in_partition(partition: i32) -> GroupId {
    let mut number = 0;
    loop {
        let name = format!("pitfall-ready-{number}");
        if (java_hash(&name) & i32::MAX) % OFFSETS_PARTITIONS == partition {
            return GroupId(StrBytes::from_string(name));
        }
        number += 1;
    }
}

/// `String.hashCode()`, for ASCII.
fn java_hash(text: &str) -> i32 {
    text.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_java() {
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(java_hash("console-consumer"), -648_006_740);
    }

    #[test]
    fn every_partition_has_a_group() {
        for partition in 0..OFFSETS_PARTITIONS {
            let group = group_in_partition(partition);
            assert_eq!((java_hash(group.0.as_str()) & i32::MAX) % OFFSETS_PARTITIONS, partition);
        }
    }
}
