//! The APIs that are read, and in which versions.

use kafka_protocol::messages::ApiKey;

/// An API whose requests and answers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Produce,
    Fetch,
    OffsetCommit,
    OffsetFetch,
    JoinGroup,
    Heartbeat,
    LeaveGroup,
    SyncGroup,
    ConsumerGroupHeartbeat,
}

/// The versions of an API that are read.
pub(crate) struct Versions {
    pub(crate) first: i16,
    pub(crate) last: i16,
    pub(crate) first_flexible: i16,
}

impl Api {
    pub(crate) fn of(api_key: i16) -> Option<Self> {
        match ApiKey::try_from(api_key).ok()? {
            ApiKey::Produce => Some(Self::Produce),
            ApiKey::Fetch => Some(Self::Fetch),
            ApiKey::OffsetCommit => Some(Self::OffsetCommit),
            ApiKey::OffsetFetch => Some(Self::OffsetFetch),
            ApiKey::JoinGroup => Some(Self::JoinGroup),
            ApiKey::Heartbeat => Some(Self::Heartbeat),
            ApiKey::LeaveGroup => Some(Self::LeaveGroup),
            ApiKey::SyncGroup => Some(Self::SyncGroup),
            ApiKey::ConsumerGroupHeartbeat => Some(Self::ConsumerGroupHeartbeat),
            _ => None,
        }
    }

    pub(crate) fn versions(self) -> Versions {
        let (first, last, first_flexible) = match self {
            // The last version without `node_endpoints` (KIP-951) in its answer.
            Self::Produce => (3, 9, 9),
            // The last version without topic ids; `node_endpoints` came later.
            Self::Fetch => (4, 12, 12),
            // The last version without topic ids.
            Self::OffsetCommit => (2, 9, 8),
            Self::OffsetFetch => (1, 9, 6),
            Self::JoinGroup => (0, 9, 6),
            Self::Heartbeat => (0, 4, 4),
            Self::LeaveGroup => (0, 5, 4),
            Self::SyncGroup => (0, 5, 4),
            Self::ConsumerGroupHeartbeat => (0, 1, 0),
        };
        Versions { first, last, first_flexible }
    }

    /// Whether a version's lengths are variable and tagged fields follow.
    pub(crate) fn is_flexible(self, version: i16) -> bool {
        version >= self.versions().first_flexible
    }

    pub(crate) fn reads(self, version: i16) -> bool {
        let Versions { first, last, .. } = self.versions();
        (first..=last).contains(&version)
    }
}
