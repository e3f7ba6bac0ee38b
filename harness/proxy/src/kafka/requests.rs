//! Reads the heads of requests as they pass. Nothing is held back and nothing is changed.

use super::cursor::{Cursor, Malformed};

/// No frame is longer: the broker's own limits are at 100 MiB. A TLS hello or a line of HTTP, taken for a length, is.
pub(super) const MAX_FRAME: i32 = 256 * 1024 * 1024;
/// A head is not longer: client id and transactional id of 32 KiB each, and some room for tagged fields.
const MAX_HEAD: usize = 80 * 1024;
/// What is looked at in one go.
const STEP: usize = 512;

const PRODUCE: i16 = 0;
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
    pub(crate) client_id: Option<String>,
    /// Whether the broker answers: not to a Produce that asks for no acknowledgement.
    pub(crate) answered: bool,
}

/// Reads the heads of requests as they pass.
pub(crate) struct Requests {
    head: Vec<u8>,
    /// Bytes of the present frame that are still to come and of no interest.
    left: usize,
}

impl Requests {
    pub(crate) fn new() -> Self {
        Self { head: Vec::new(), left: 0 }
    }

    /// Reads on; each head that is complete goes to `on_head`. An error says why this is no Kafka.
    pub(crate) fn read(&mut self, mut bytes: &[u8], mut on_head: impl FnMut(Head)) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let n = self.left.min(bytes.len());
                self.left -= n;
                bytes = &bytes[n..];
                continue;
            }
            let n = self.wanted()?.min(bytes.len());
            self.head.extend_from_slice(&bytes[..n]);
            bytes = &bytes[n..];
            let Some(frame) = frame_length(&self.head)? else {
                continue;
            };
            if let Some(head) = head(&self.head, frame)? {
                self.left = frame - self.head.len();
                self.head.clear();
                on_head(head);
            }
        }
        Ok(())
    }

    /// How many more bytes of the present head to look at.
    fn wanted(&self) -> Result<usize, String> {
        match frame_length(&self.head)? {
            None => Ok(4 - self.head.len()),
            Some(_) if self.head.len() > MAX_HEAD => {
                Err(format!("a request's head is longer than {MAX_HEAD} bytes"))
            }
            Some(frame) => Ok((frame - self.head.len()).min(STEP)),
        }
    }
}

/// A frame's whole length, with the four bytes that say it.
fn frame_length(start: &[u8]) -> Result<Option<usize>, String> {
    let Some(length) = start.first_chunk::<4>() else {
        return Ok(None);
    };
    match i32::from_be_bytes(*length) {
        length @ 8..=MAX_FRAME => Ok(Some(4 + length as usize)),
        length => Err(format!("{length} is no length of a request")),
    }
}

/// The head at the start of a frame, or `None` if more of it is needed.
fn head(start: &[u8], frame: usize) -> Result<Option<Head>, String> {
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
    let mut cursor = Cursor::new(start, false);
    cursor.skip(4)?;
    let (api_key, version, correlation_id) = (cursor.i16()?, cursor.i16()?, cursor.i32()?);
    let mut head = Head { api_key, version, correlation_id, client_id: None, answered: true };
    if (api_key, version) == (CONTROLLED_SHUTDOWN, 0) {
        // Header version 0 ends here.
        return Ok(head);
    }
    head.client_id = cursor.skip_string()?.map(|id| String::from_utf8_lossy(id).into_owned());
    if api_key == PRODUCE {
        head.answered = acks(cursor.unread(), version)? != 0;
    }
    Ok(head)
}

/// What a Produce asks for: 0 is no answer.
fn acks(after_client_id: &[u8], version: i16) -> Result<i16, Malformed> {
    let mut cursor = Cursor::new(after_client_id, version >= 9);
    // The tags that end a flexible header.
    cursor.tags()?;
    if version >= 3 {
        // The transactional id.
        cursor.skip_string()?;
    }
    cursor.i16()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_byte_by_byte() {
        let metadata = b"\0\0\0\x11\0\x03\0\x0c\0\0\0\x07\0\x04test\0\0\0";
        let shutdown = b"\0\0\0\x0c\0\x07\0\0\0\0\0\x08\0\0\0\x01";
        let (mut requests, mut heads) = (Requests::new(), Vec::new());
        for byte in metadata.iter().chain(shutdown) {
            assert_eq!(requests.read(&[*byte], |head| heads.push(head)), Ok(()));
        }
        let head = |api_key, version, correlation_id, client_id: Option<&str>| Head {
            api_key,
            version,
            correlation_id,
            client_id: client_id.map(str::to_owned),
            answered: true,
        };
        assert_eq!(heads, [head(3, 12, 7, Some("test")), head(7, 0, 8, None)]);
    }
}
