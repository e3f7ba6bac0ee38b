//! The four answers that name brokers, or the versions in which brokers could be named.

use kafka_protocol::messages::ApiKey;

use super::addresses::BrokerAddresses;
use super::cursor::Cursor;
use super::fields::Malformed;
use super::limits;

/// Error 35: the version asked for is not supported. The answer's body is then that of version 0.
const UNSUPPORTED_VERSION: [u8; 2] = [0, 35];

/// The tag of `finalized_features` in an answer to ApiVersions.
const FINALIZED_FEATURES: u32 = 2;

/// An answer that has to be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    ApiVersions,
    Metadata,
    FindCoordinator,
    DescribeCluster,
}

impl Answer {
    /// The answer to requests of this API, if it is to be rewritten.
    pub(crate) fn to(api_key: i16) -> Option<Self> {
        match ApiKey::try_from(api_key).ok()? {
            ApiKey::ApiVersions => Some(Self::ApiVersions),
            ApiKey::Metadata => Some(Self::Metadata),
            ApiKey::FindCoordinator => Some(Self::FindCoordinator),
            ApiKey::DescribeCluster => Some(Self::DescribeCluster),
            _ => None,
        }
    }

    /// The last version known here, and the first flexible one.
    fn versions(self) -> (i16, i16) {
        match self {
            Self::ApiVersions => (4, 3),
            Self::Metadata => (13, 9),
            Self::FindCoordinator => (6, 3),
            Self::DescribeCluster => (2, 0),
        }
    }

    /// Rewrites an answer: everything after the correlation id.
    pub(crate) fn rewrite(
        self,
        version: i16,
        answer: &[u8],
        brokers: &BrokerAddresses,
    ) -> Result<Vec<u8>, Malformed> {
        if self == Self::ApiVersions && answer.starts_with(&UNSUPPORTED_VERSION) {
            // A client takes nothing from it but which version of ApiVersions to ask for next. librdkafka's mock
            // broker gives it a body of no version at all, so what cannot be read passes as it is.
            return self.rewrite_as(0, answer, brokers).or_else(|_| Ok(answer.to_vec()));
        }
        self.rewrite_as(version, answer, brokers)
    }

    fn rewrite_as(
        self,
        version: i16,
        answer: &[u8],
        brokers: &BrokerAddresses,
    ) -> Result<Vec<u8>, Malformed> {
        let (last, first_flexible) = self.versions();
        if version > last {
            return Err(Malformed::Version);
        }
        let flexible = version >= first_flexible;
        let mut cursor = Cursor::new(answer, flexible);
        if self != Self::ApiVersions {
            // The header's tags; an answer to ApiVersions has header version 0 always.
            cursor.tags()?;
        }
        match self {
            Self::ApiVersions => api_versions(&mut cursor, version, flexible)?,
            Self::Metadata => metadata(&mut cursor, version, brokers)?,
            Self::FindCoordinator => find_coordinator(&mut cursor, version, brokers)?,
            Self::DescribeCluster => describe_cluster(&mut cursor, version, brokers)?,
        }
        cursor.finish()
    }
}

fn api_versions(cursor: &mut Cursor<'_>, version: i16, flexible: bool) -> Result<(), Malformed> {
    cursor.i16()?;
    let count = cursor.skip_array()?;
    let (mut kept, mut entries) = (0, Vec::new());
    for _ in 0..count.unwrap_or(0) {
        let fields = cursor.skip(6)?;
        let number = |at: usize| i16::from_be_bytes([fields[at], fields[at + 1]]);
        let (key, min, max) = (number(0), number(2), number(4));
        let mut tags = Cursor::new(cursor.unread(), flexible);
        tags.tags()?;
        let tags = cursor.skip(tags.position())?;
        if let Some(max) = limits::highest(key, max).filter(|max| *max >= min) {
            kept += 1;
            entries.extend_from_slice(&fields[..4]);
            entries.extend_from_slice(&max.to_be_bytes());
            entries.extend_from_slice(tags);
        }
    }
    cursor.put_array(count.map(|_| kept));
    cursor.put(&entries);
    if version >= 1 {
        cursor.i32()?;
    }
    if flexible {
        for _ in 0..cursor.uvarint()? {
            let tag = cursor.uvarint()?;
            let length = cursor.uvarint()? as usize;
            let field = cursor.skip(length)?;
            if tag == FINALIZED_FEATURES {
                cursor.put(&finalized_features(field)?);
            } else {
                cursor.put(field);
            }
        }
    }
    Ok(())
}

/// Lowers the levels of features that need versions which are not offered. The length stays.
fn finalized_features(field: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut cursor = Cursor::new(field, true);
    for _ in 0..cursor.array()? {
        let name = cursor.string()?;
        for _ in 0..2 {
            let at = cursor.position();
            let level = cursor.i16()?;
            if name == Some(limits::TRANSACTION_FEATURE.0) {
                cursor.patch_i16(at, level.min(limits::TRANSACTION_FEATURE.1));
            }
        }
        cursor.tags()?;
    }
    cursor.finish()
}

fn metadata(cursor: &mut Cursor<'_>, version: i16, brokers: &BrokerAddresses) -> Result<(), Malformed> {
    if version >= 3 {
        cursor.i32()?;
    }
    for _ in 0..cursor.array()? {
        broker(cursor, brokers)?;
        if version >= 1 {
            cursor.string()?;
        }
        cursor.tags()?;
    }
    cursor.rest();
    Ok(())
}

fn find_coordinator(
    cursor: &mut Cursor<'_>,
    version: i16,
    brokers: &BrokerAddresses,
) -> Result<(), Malformed> {
    if version >= 1 {
        cursor.i32()?;
    }
    if version >= 4 {
        for _ in 0..cursor.array()? {
            cursor.string()?;
            broker(cursor, brokers)?;
            cursor.i16()?;
            cursor.string()?;
            cursor.tags()?;
        }
    } else {
        cursor.i16()?;
        if version >= 1 {
            cursor.string()?;
        }
        broker(cursor, brokers)?;
    }
    cursor.tags()
}

fn describe_cluster(
    cursor: &mut Cursor<'_>,
    version: i16,
    brokers: &BrokerAddresses,
) -> Result<(), Malformed> {
    cursor.i32()?;
    cursor.i16()?;
    cursor.string()?;
    if version >= 1 {
        cursor.bytes(1)?;
    }
    cursor.string()?;
    cursor.i32()?;
    for _ in 0..cursor.array()? {
        broker(cursor, brokers)?;
        cursor.string()?;
        if version >= 2 {
            cursor.bytes(1)?;
        }
        cursor.tags()?;
    }
    cursor.rest();
    Ok(())
}

/// Node id, host, port. Where no broker is named (an error's empty host and port -1) nothing is changed.
fn broker(cursor: &mut Cursor<'_>, brokers: &BrokerAddresses) -> Result<(), Malformed> {
    let node_id = cursor.i32()?;
    let host = cursor.skip_string()?;
    let port = cursor.skip(4)?;
    if host.is_none_or(<[u8]>::is_empty) {
        cursor.put_string(host);
        cursor.put(port);
    } else {
        let address = brokers.of(node_id);
        cursor.put_string(Some(address.ip().to_string().as_bytes()));
        cursor.put(&i32::from(address.port()).to_be_bytes());
    }
    Ok(())
}
