//! The heads of requests.

use std::sync::Arc;

use super::api::Api;
use super::fields::{Fields, Malformed, text};

/// No frame is longer: the broker's own limits are at 100 MiB. A TLS hello or a line of HTTP, taken for a length, is.
pub(super) const MAX_FRAME: i32 = 256 * 1024 * 1024;
/// A head is not longer: client id and transactional id of 32 KiB each, and some room for tagged fields.
const MAX_HEAD: usize = 80 * 1024;
/// What is looked at in one go.
const STEP: usize = 512;

const CONTROLLED_SHUTDOWN: i16 = 7;
/// No API key and no version is higher; there are about 90 APIs, the highest version is 18.
const MAX_API_KEY: i16 = 1000;
const MAX_VERSION: i16 = 100;

/// What stands before a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_key: i16,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) client_id: Option<Arc<str>>,
    /// Whether the broker answers: not to a Produce that asks for no acknowledgement.
    pub(crate) answered: bool,
    /// What is to be read of it.
    pub(super) api: Option<Api>,
    /// Where the body begins, if it is to be read.
    pub(super) body: usize,
}

/// How many more bytes of the present head to look at.
pub(super) fn wanted(held: &[u8]) -> Result<usize, String> {
    match frame_length(held)? {
        None => Ok(4 - held.len()),
        Some(_) if held.len() > MAX_HEAD => Err(format!("a request's head is longer than {MAX_HEAD} bytes")),
        Some(frame) => Ok((frame - held.len()).min(STEP)),
    }
}

/// A frame's whole length, with the four bytes that say it.
pub(super) fn frame_length(start: &[u8]) -> Result<Option<usize>, String> {
    let Some(length) = start.first_chunk::<4>() else {
        return Ok(None);
    };
    match i32::from_be_bytes(*length) {
        length @ 8..=MAX_FRAME => Ok(Some(4 + length as usize)),
        length => Err(format!("{length} is no length of a request")),
    }
}

/// The head at the start of a frame, or `None` if more of it is needed.
pub(super) fn head(start: &[u8], frame: usize) -> Result<Option<Head>, String> {
    match parse(start) {
        Ok(head) if !(0..=MAX_API_KEY).contains(&head.api_key) => {
            Err(format!("no API has key {}", head.api_key))
        }
        Ok(head) if !(0..=MAX_VERSION).contains(&head.version) => {
            Err(format!("API {} has no version {}", head.api_key, head.version))
        }
        Ok(head) => Ok(Some(head)),
        Err(Malformed::Short) if start.len() < frame => Ok(None),
        Err(error) => Err(format!("a request cannot be read: {error}")),
    }
}

fn parse(start: &[u8]) -> Result<Head, Malformed> {
    let mut fields = Fields::new(start, false);
    fields.bytes(4)?;
    let (api_key, version, correlation_id) = (fields.i16()?, fields.i16()?, fields.i32()?);
    let api = Api::of(api_key);
    let mut head = Head { api_key, version, correlation_id, client_id: None, answered: true, api, body: 0 };
    if (api_key, version) == (CONTROLLED_SHUTDOWN, 0) {
        // Header version 0 ends here.
        return Ok(head);
    }
    head.client_id = fields.string()?.map(text);
    if let Some(api) = api {
        let mut fields = Fields::new(fields.rest(), api.is_flexible(version));
        // The header's.
        fields.tags()?;
        head.body = start.len() - fields.rest().len();
        if api == Api::Produce {
            head.answered = acks(fields, version)? != 0;
        }
    }
    Ok(head)
}

/// What a Produce asks for: 0 is no answer.
fn acks(mut body: Fields<'_>, version: i16) -> Result<i16, Malformed> {
    if version >= 3 {
        // The transactional id.
        body.string()?;
    }
    body.i16()
}
