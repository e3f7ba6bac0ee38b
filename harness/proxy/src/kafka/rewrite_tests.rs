//! The hand-written walk against the decoder and encoder of the kafka-protocol crate, in every version.
#![allow(clippy::unwrap_used)]

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, DescribeClusterResponse, FindCoordinatorResponse,
    MetadataResponse, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::addresses::BrokerAddresses;
use super::fields::Malformed;
use super::rewrite::Answer;

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn brokers() -> BrokerAddresses {
    BrokerAddresses::new(|node| std::net::SocketAddr::from(([127, 0, 0, 1], 40_000 + node as u16)))
}

/// Encodes, rewrites and decodes again; the header's tags stand before the body in `header` form.
fn through<T: Encodable + Decodable>(answer: Answer, version: i16, header: &[u8], before: &T) -> T {
    let mut bytes = BytesMut::from(header);
    before.encode(&mut bytes, version).unwrap();
    let after = answer.rewrite(version, &bytes, &brokers()).unwrap();
    assert!(after.starts_with(header));
    let mut after = Bytes::from(after).slice(header.len()..);
    let decoded = T::decode(&mut after, version).unwrap();
    assert!(after.is_empty());
    for end in 0..bytes.len() {
        // Cut off anywhere it is an error, or (where only its beginning is read) no longer than it was.
        let _ = answer.rewrite(version, &bytes[..end], &brokers());
    }
    decoded
}

/// No tags, or one that nobody knows: number 7 with two bytes.
fn headers(flexible: bool) -> Vec<&'static [u8]> {
    if flexible { vec![&[0], &[1, 7, 2, 0xca, 0xfe]] } else { vec![&[]] }
}

#[test]
fn metadata() {
    for version in 0..=13 {
        let broker = |id, host| {
            let broker = MetadataResponseBroker::default()
                .with_node_id(BrokerId(id))
                .with_host(text(host))
                .with_port(9092);
            if version >= 1 { broker.with_rack(Some(text("rack"))) } else { broker }
        };
        let partition = MetadataResponsePartition::default()
            .with_partition_index(3)
            .with_leader_id(BrokerId(2))
            .with_replica_nodes(vec![BrokerId(1), BrokerId(2)]);
        let topic = MetadataResponseTopic::default()
            .with_name(Some(TopicName(text("orders"))))
            .with_partitions(vec![partition]);
        let before = MetadataResponse::default()
            .with_brokers(vec![broker(1, "kafka-1.example"), broker(2, "::1")])
            .with_topics(vec![topic]);
        for header in headers(version >= 9) {
            let after = through(Answer::Metadata, version, header, &before);
            let mut expected = before.clone();
            for (broker, port) in expected.brokers.iter_mut().zip([40_001, 40_002]) {
                (broker.host, broker.port) = (text("127.0.0.1"), port);
            }
            assert_eq!(after, expected, "version {version}");
        }
    }
}

#[test]
fn find_coordinator() {
    for version in 0..=6 {
        let mut before = FindCoordinatorResponse::default();
        let mut expected = before.clone();
        if version >= 4 {
            let found =
                Coordinator::default().with_key(text("g")).with_node_id(BrokerId(5)).with_host(text("k"));
            let none = Coordinator::default().with_key(text("h")).with_node_id(BrokerId(-1)).with_port(-1);
            let none = none.with_error_code(15).with_error_message(Some(text("no")));
            before.coordinators = vec![found.with_port(9), none];
            expected.coordinators = before.coordinators.clone();
            expected.coordinators[0].host = text("127.0.0.1");
            expected.coordinators[0].port = 40_005;
        } else {
            before = before.with_node_id(BrokerId(5)).with_host(text("kafka")).with_port(9092);
            expected = before.clone().with_host(text("127.0.0.1")).with_port(40_005);
        }
        for header in headers(version >= 3) {
            assert_eq!(
                through(Answer::FindCoordinator, version, header, &before),
                expected,
                "version {version}"
            );
        }
    }
}

#[test]
fn describe_cluster() {
    for version in 0..=2 {
        let broker =
            DescribeClusterBroker::default().with_broker_id(BrokerId(3)).with_host(text("k")).with_port(1);
        let before = DescribeClusterResponse::default()
            .with_cluster_id(text("cluster"))
            .with_controller_id(BrokerId(3))
            .with_brokers(vec![broker.with_rack(Some(text("r")))]);
        let mut expected = before.clone();
        expected.brokers[0].host = text("127.0.0.1");
        expected.brokers[0].port = 40_003;
        for header in headers(true) {
            assert_eq!(
                through(Answer::DescribeCluster, version, header, &before),
                expected,
                "version {version}"
            );
        }
    }
}

#[test]
fn api_versions() {
    let offer = |key: ApiKey, min, max| {
        ApiVersion::default().with_api_key(key as i16).with_min_version(min).with_max_version(max)
    };
    for version in 0..=4 {
        let mut before = ApiVersionsResponse::default().with_api_keys(vec![
            offer(ApiKey::Produce, 0, 13),
            offer(ApiKey::Fetch, 4, 18),
            offer(ApiKey::OffsetCommit, 2, 10),
            offer(ApiKey::ShareFetch, 1, 2),
            offer(ApiKey::OffsetFetch, 20, 30),
            offer(ApiKey::JoinGroup, 0, 9),
            ApiVersion::default().with_api_key(900).with_max_version(77),
        ]);
        let mut expected = before.clone().with_api_keys(vec![
            offer(ApiKey::Produce, 0, 9),
            offer(ApiKey::Fetch, 4, 12),
            offer(ApiKey::OffsetCommit, 2, 9),
            offer(ApiKey::JoinGroup, 0, 9),
            ApiVersion::default().with_api_key(900).with_max_version(77),
        ]);
        if version >= 3 {
            let feature = |name, level| {
                FinalizedFeatureKey::default()
                    .with_name(text(name))
                    .with_max_version_level(level)
                    .with_min_version_level(level)
            };
            let supported = SupportedFeatureKey::default().with_name(text("x")).with_max_version(1);
            before = before.with_supported_features(vec![supported]).with_finalized_features_epoch(8);
            before = before.with_unknown_tagged_field(99, Bytes::from_static(b"?"));
            expected = before.clone().with_api_keys(expected.api_keys);
            before.finalized_features = vec![feature("transaction.version", 2), feature("group.version", 7)];
            expected.finalized_features =
                vec![feature("transaction.version", 1), feature("group.version", 7)];
        }
        assert_eq!(through(Answer::ApiVersions, version, &[], &before), expected, "version {version}");
    }
}

#[test]
fn a_refused_version_of_api_versions_is_answered_in_version_0() {
    let offer = ApiVersion::default().with_api_key(18).with_max_version(4);
    let refusal = ApiVersionsResponse::default().with_error_code(35).with_api_keys(vec![offer]);
    let mut bytes = BytesMut::new();
    refusal.encode(&mut bytes, 0).unwrap();
    for asked in [3, 4, 5, 99] {
        assert_eq!(Answer::ApiVersions.rewrite(asked, &bytes, &brokers()).unwrap(), bytes);
    }
    // What librdkafka's mock broker sends.
    let odd = [0, 35, 1, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0];
    assert_eq!(Answer::ApiVersions.rewrite(3, &odd, &brokers()).unwrap(), odd);
}

#[test]
fn an_unknown_version_is_not_guessed() {
    for (answer, version) in [(Answer::Metadata, 14), (Answer::DescribeCluster, 3), (Answer::ApiVersions, 5)]
    {
        assert_eq!(answer.rewrite(version, &[0; 64], &brokers()), Err(Malformed::Version));
    }
}
