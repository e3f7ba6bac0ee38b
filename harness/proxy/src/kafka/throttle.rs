//! For how long a client is asked to be quiet.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;

use super::fields::{Fields, Malformed};
use super::produce;
use super::subject::name;

/// Length and correlation id.
const HEAD: usize = 8;

/// Whether an answer has a throttle time whose place is known. An error says that it has none.
pub(super) fn is_there(api_key: i16, version: i16) -> Result<(), String> {
    match first(api_key) {
        Some(first) if version >= first => Ok(()),
        Some(first) => Err(format!(
            "the answer to {} has a throttle time from version {first} on, this is {version}",
            name(api_key)
        )),
        None => Err(format!("where the answer to {} has a throttle time is not known here", name(api_key))),
    }
}

/// The first version of the answer with a throttle time.
fn first(api_key: i16) -> Option<i16> {
    Some(match ApiKey::try_from(api_key).ok()? {
        ApiKey::InitProducerId
        | ApiKey::AddPartitionsToTxn
        | ApiKey::AddOffsetsToTxn
        | ApiKey::EndTxn
        | ApiKey::TxnOffsetCommit
        | ApiKey::ConsumerGroupHeartbeat => 0,
        ApiKey::Produce
        | ApiKey::Fetch
        | ApiKey::FindCoordinator
        | ApiKey::SyncGroup
        | ApiKey::Heartbeat
        | ApiKey::LeaveGroup => 1,
        ApiKey::ListOffsets | ApiKey::JoinGroup => 2,
        ApiKey::Metadata | ApiKey::OffsetCommit | ApiKey::OffsetFetch => 3,
        _ => return None,
    })
}

/// An answer's frame with this throttle time, to the millisecond.
pub(super) fn set(frame: &Bytes, api_key: i16, version: i16, time: Duration) -> Result<Bytes, String> {
    is_there(api_key, version)?;
    let place = place(frame, api_key, version).map_err(|error| error.to_string())?;
    let mut changed = BytesMut::from(&frame[..]);
    let time = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    match changed.get_mut(place..place + 4) {
        Some(bytes) => bytes.copy_from_slice(&time.to_be_bytes()),
        None => return Err(Malformed::Short.to_string()),
    }
    Ok(changed.freeze())
}

/// Where it stands: at the beginning, but at the end in a Produce's.
fn place(frame: &[u8], api_key: i16, version: i16) -> Result<usize, Malformed> {
    let key = ApiKey::try_from(api_key).map_err(|_| Malformed::Version)?;
    let flexible = key.response_header_version(version) >= 1;
    let mut fields = Fields::new(frame, flexible);
    fields.bytes(HEAD)?;
    // The header's.
    fields.tags()?;
    if key == ApiKey::Produce {
        produce::skip_topics(&mut fields, version)?;
    }
    Ok(frame.len() - fields.rest().len())
}
