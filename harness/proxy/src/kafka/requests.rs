//! Reads requests as they pass. Nothing is held back and nothing is changed: of those that are read, a copy is made.

use super::api::Api;
use super::fields::Malformed;
use super::head::{Head, frame_length, head, wanted};
use super::produce_walk::Walk;
use super::question::Question;

/// A frame that is copied is not longer.
pub(super) const MAX_COPIED: usize = 1024 * 1024;
/// A request that has passed; of one that is not read, its head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) question: Option<Question>,
    /// The memory that the question takes, roughly.
    pub(crate) kept: usize,
}

enum State {
    /// Between frames, or within a head, which is in `held`.
    Head,
    /// So many bytes of the frame are still to come and of no interest.
    Pass(usize),
    /// A frame of this length is being copied into `held`.
    Copy { head: Head, api: Api, length: usize },
    /// So many bytes of a Produce are still to come.
    Produce { head: Head, walk: Box<Walk>, left: usize },
}

/// Reads requests as they pass.
pub(crate) struct Requests {
    state: State,
    held: Vec<u8>,
}

impl Requests {
    pub(crate) fn new() -> Self {
        Self { state: State::Head, held: Vec::new() }
    }

    /// Reads on; what has passed goes to `on_request`. An error says what cannot be read.
    pub(crate) fn read(
        &mut self,
        mut bytes: &[u8],
        mut on_request: impl FnMut(Request) -> Result<(), String>,
    ) -> Result<(), String> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Head => {
                    let now = take(&mut bytes, wanted(&self.held)?);
                    self.held.extend_from_slice(now);
                    let Some(frame) = frame_length(&self.held)? else {
                        continue;
                    };
                    if let Some(head) = head(&self.held, frame)? {
                        self.begin(head, frame, &mut on_request)?;
                    }
                }
                State::Pass(left) => *left -= take(&mut bytes, *left).len(),
                State::Copy { length, .. } => {
                    let now = take(&mut bytes, *length - self.held.len());
                    self.held.extend_from_slice(now);
                }
                State::Produce { head, walk, left } => {
                    let now = take(&mut bytes, *left);
                    *left -= now.len();
                    walk.read(now).map_err(|error| unreadable(Api::Produce, head.version, error))?;
                }
            }
            if let Some(request) = self.complete()? {
                on_request(request)?;
            }
        }
        Ok(())
    }

    /// A head is there, and `held` has it and what was taken in with it.
    fn begin(
        &mut self,
        head: Head,
        frame: usize,
        on_request: &mut impl FnMut(Request) -> Result<(), String>,
    ) -> Result<(), String> {
        let left = frame - self.held.len();
        self.state = match head.api {
            None => {
                on_request(Request { head, question: None, kept: 0 })?;
                self.held.clear();
                State::Pass(left)
            }
            Some(api) if !api.reads(head.version) => {
                return Err(unreadable(api, head.version, Malformed::Version));
            }
            Some(api @ Api::Produce) => {
                let mut walk = Box::new(Walk::new(api.is_flexible(head.version)));
                walk.read(&self.held[head.body..]).map_err(|error| unreadable(api, head.version, error))?;
                self.held.clear();
                State::Produce { head, walk, left }
            }
            Some(api) if frame > MAX_COPIED => {
                return Err(unreadable(api, head.version, Malformed::TooMuch));
            }
            Some(api) => State::Copy { head, api, length: frame },
        };
        Ok(())
    }

    /// The request, if its last byte is there.
    fn complete(&mut self) -> Result<Option<Request>, String> {
        let is_complete = match &self.state {
            State::Head => false,
            State::Pass(left) | State::Produce { left, .. } => *left == 0,
            State::Copy { length, .. } => self.held.len() == *length,
        };
        if !is_complete {
            return Ok(None);
        }
        match std::mem::replace(&mut self.state, State::Head) {
            State::Copy { head, api, .. } => {
                let frame = std::mem::take(&mut self.held);
                let question = Question::read(api, head.version, &frame[head.body..])
                    .map_err(|error| unreadable(api, head.version, error))?;
                Ok(Some(Request { head, question: Some(question), kept: frame.len() }))
            }
            State::Produce { head, walk, .. } => {
                let (produce, kept) =
                    walk.finish().map_err(|error| unreadable(Api::Produce, head.version, error))?;
                let kept = kept + head.client_id.as_ref().map_or(0, |id| id.len());
                Ok(Some(Request { head, question: Some(Question::Produce(produce)), kept }))
            }
            State::Head | State::Pass(_) => Ok(None),
        }
    }
}

fn unreadable(api: Api, version: i16, error: Malformed) -> String {
    format!("a request {api:?} version {version} cannot be read: {error}")
}

/// Up to `n` bytes from the front.
fn take<'a>(bytes: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(n.min(bytes.len()));
    *bytes = rest;
    taken
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
            let on_request = |request: Request| {
                heads.push(request.head);
                Ok(())
            };
            assert_eq!(requests.read(&[*byte], on_request), Ok(()));
        }
        let head = |api_key, version, correlation_id, client_id: Option<&str>| Head {
            api_key,
            version,
            correlation_id,
            client_id: client_id.map(Into::into),
            answered: true,
            api: None,
            body: 0,
        };
        assert_eq!(heads, [head(3, 12, 7, Some("test")), head(7, 0, 8, None)]);
    }
}
