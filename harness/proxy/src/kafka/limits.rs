//! Which API versions a client may see, so that nothing passes that the link could not read or would have to rewrite.

use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, DescribeClusterRequest, DescribeClusterResponse,
    FindCoordinatorRequest, FindCoordinatorResponse, InitProducerIdRequest, InitProducerIdResponse,
    MetadataRequest, MetadataResponse,
};
use kafka_protocol::protocol::Message;

use super::api::Api;

/// The last DescribeQuorum version without the addresses of controllers.
const DESCRIBE_QUORUM: i16 = 1;

/// Transactions of version 2 (KIP-890) need Produce 12: a client that sees this feature would not add its partitions to
/// a transaction, and would be refused.
pub(super) const TRANSACTION_FEATURE: (&[u8], i16) = (b"transaction.version", 1);

/// The highest version a client may use; `None` where it may not use the API at all.
pub(super) fn highest(api_key: i16, offered: i16) -> Option<i16> {
    let Ok(key) = ApiKey::try_from(api_key) else {
        return Some(offered);
    };
    if let Some(api) = Api::of(api_key) {
        return Some(offered.min(api.versions().last));
    }
    let limit = match key {
        ApiKey::DescribeQuorum => DESCRIBE_QUORUM,
        // Their answers carry node_endpoints in every version.
        ApiKey::ShareFetch | ApiKey::ShareAcknowledge => return None,
        // The crate's own list is wrong for this: what it can read of both request and answer counts.
        ApiKey::InitProducerId => both::<InitProducerIdRequest, InitProducerIdResponse>(),
        // Rewritten here: see `rewrite`.
        ApiKey::Metadata => both::<MetadataRequest, MetadataResponse>(),
        ApiKey::FindCoordinator => both::<FindCoordinatorRequest, FindCoordinatorResponse>(),
        ApiKey::DescribeCluster => both::<DescribeClusterRequest, DescribeClusterResponse>(),
        ApiKey::ApiVersions => both::<ApiVersionsRequest, ApiVersionsResponse>(),
        _ => offered,
    };
    Some(offered.min(limit))
}

fn both<Request: Message, Response: Message>() -> i16 {
    Request::VERSIONS.max.min(Response::VERSIONS.max)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages as k;

    use super::*;

    #[test]
    fn limits_are_what_was_measured() {
        let highest = |key| highest(key as i16, 99);
        assert_eq!(highest(ApiKey::Produce), Some(9));
        assert_eq!(highest(ApiKey::Fetch), Some(12));
        assert_eq!(highest(ApiKey::OffsetCommit), Some(9));
        assert_eq!(highest(ApiKey::OffsetFetch), Some(9));
        assert_eq!(highest(ApiKey::InitProducerId), Some(5));
        assert_eq!(highest(ApiKey::ShareFetch), None);
        assert_eq!(highest(ApiKey::CreateTopics), Some(99));
        assert_eq!(super::highest(88, 3), Some(3));
        assert_eq!(super::highest(ApiKey::Fetch as i16, 4), Some(4));
    }

    #[test]
    fn what_is_read_is_what_the_crate_can_be_tested_with() {
        let highest = |key| highest(key as i16, 99);
        let expected = [
            (ApiKey::OffsetCommit, both::<k::OffsetCommitRequest, k::OffsetCommitResponse>()),
            (ApiKey::OffsetFetch, both::<k::OffsetFetchRequest, k::OffsetFetchResponse>()),
            (ApiKey::JoinGroup, both::<k::JoinGroupRequest, k::JoinGroupResponse>()),
            (ApiKey::SyncGroup, both::<k::SyncGroupRequest, k::SyncGroupResponse>()),
            (ApiKey::Heartbeat, both::<k::HeartbeatRequest, k::HeartbeatResponse>()),
            (ApiKey::LeaveGroup, both::<k::LeaveGroupRequest, k::LeaveGroupResponse>()),
            (
                ApiKey::ConsumerGroupHeartbeat,
                both::<k::ConsumerGroupHeartbeatRequest, k::ConsumerGroupHeartbeatResponse>(),
            ),
        ];
        for (key, last) in expected {
            assert_eq!(highest(key), Some(last), "{key:?}");
        }
    }
}
