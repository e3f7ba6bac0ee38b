//! Reads answers as they pass, and rewrites those that name brokers.
//!
//! Only those are held until they are complete; all others go on as the bytes they came in.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::addresses::BrokerAddresses;
use super::requests::MAX_FRAME;
use super::rewrite::Answer;

/// No answer that is rewritten is longer: that would be the metadata of some 100,000 partitions.
const MAX_HELD: usize = 64 * 1024 * 1024;
/// Length and correlation id.
const HEAD: usize = 8;

/// A request that has passed and whose answer has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) api_key: i16,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

enum State {
    /// Between frames, or within the first bytes of one, which are in `held`.
    Head,
    /// This much of a frame that is not changed is still to come.
    Pass(usize),
    /// A frame that is to be changed, of this length, is being held.
    Hold { length: usize, answer: Answer, version: i16 },
}

/// Reads answers as they pass.
pub(crate) struct Answers {
    state: State,
    held: BytesMut,
    brokers: BrokerAddresses,
}

impl Answers {
    pub(crate) fn new(brokers: BrokerAddresses) -> Self {
        Self { state: State::Head, held: BytesMut::new(), brokers }
    }

    /// Reads on; what goes on to the client is put into `out`. An error says why this is no Kafka; all bytes have then
    /// been put into `out` as they came.
    pub(crate) fn read(
        &mut self,
        mut bytes: Bytes,
        asked: &mut VecDeque<Asked>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        let result = self.advance(&mut bytes, asked, out);
        if result.is_err() {
            self.flush(out);
            if !bytes.is_empty() {
                out.push(bytes);
            }
        }
        result
    }

    /// Lets go what is held, as it came.
    pub(crate) fn flush(&mut self, out: &mut Vec<Bytes>) {
        if !self.held.is_empty() {
            out.push(self.held.split().freeze());
        }
    }

    fn advance(
        &mut self,
        bytes: &mut Bytes,
        asked: &mut VecDeque<Asked>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        // The bytes from here to `passed` go on as they are, in one piece.
        let mut passed = 0;
        while passed < bytes.len() {
            match &mut self.state {
                State::Pass(left) => {
                    let n = (*left).min(bytes.len() - passed);
                    passed += n;
                    *left -= n;
                    if *left == 0 {
                        self.state = State::Head;
                    }
                }
                State::Head if self.held.is_empty() && bytes.len() - passed >= HEAD => {
                    let Some(head) = bytes[passed..].first_chunk::<HEAD>() else {
                        continue;
                    };
                    self.state = begin(*head, asked)?;
                    if let State::Pass(_) = self.state {
                        passed += HEAD;
                    }
                }
                // The head comes in pieces.
                State::Head => {
                    release(bytes, &mut passed, out);
                    hold(&mut self.held, HEAD, bytes);
                    let Some(head) = self.held.first_chunk::<HEAD>() else {
                        continue;
                    };
                    self.state = begin(*head, asked)?;
                    if let State::Pass(_) = self.state {
                        self.flush(out);
                    }
                }
                State::Hold { length, answer, version } => {
                    let (length, answer, version) = (*length, *answer, *version);
                    release(bytes, &mut passed, out);
                    hold(&mut self.held, length, bytes);
                    if self.held.len() == length {
                        out.push(self.rewritten(answer, version)?);
                        self.held.clear();
                        self.state = State::Head;
                    }
                }
            }
        }
        release(bytes, &mut passed, out);
        Ok(())
    }

    /// The held frame, rewritten.
    fn rewritten(&self, answer: Answer, version: i16) -> Result<Bytes, String> {
        let body = answer
            .rewrite(version, &self.held[HEAD..], &self.brokers)
            .map_err(|error| format!("an answer to {answer:?} version {version} cannot be read: {error}"))?;
        let length =
            u32::try_from(body.len() + 4).map_err(|_| "a rewritten answer is too long".to_owned())?;
        let mut frame = BytesMut::with_capacity(HEAD + body.len());
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&self.held[4..HEAD]);
        frame.extend_from_slice(&body);
        Ok(frame.freeze())
    }
}

/// Puts the bytes that pass into `out`.
fn release(bytes: &mut Bytes, passed: &mut usize, out: &mut Vec<Bytes>) {
    if *passed > 0 {
        out.push(bytes.split_to(std::mem::take(passed)));
    }
}

/// Fills `held` up to `length`.
fn hold(held: &mut BytesMut, length: usize, bytes: &mut Bytes) {
    let n = (length - held.len()).min(bytes.len());
    held.extend_from_slice(&bytes.split_to(n));
}

/// What is to be done with the frame that begins so.
fn begin(head: [u8; HEAD], asked: &mut VecDeque<Asked>) -> Result<State, String> {
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = i32::from_be_bytes([l0, l1, l2, l3]);
    let correlation_id = i32::from_be_bytes([c0, c1, c2, c3]);
    if !(4..=MAX_FRAME).contains(&length) {
        return Err(format!("{length} is no length of an answer"));
    }
    let length = 4 + length as usize;
    let Some(request) = asked.pop_front() else {
        return Err(format!("an answer {correlation_id} that nobody has asked for"));
    };
    if request.correlation_id != correlation_id {
        return Err(format!("an answer {correlation_id} where {} was due", request.correlation_id));
    }
    match Answer::to(request.api_key) {
        None => Ok(State::Pass(length - HEAD)),
        Some(answer) if length > MAX_HELD => Err(format!("an answer to {answer:?} of {length} bytes")),
        Some(answer) => Ok(State::Hold { length, answer, version: request.version }),
    }
}
