//! Reads answers as they pass, and rewrites those that name brokers.
//!
//! Only those are held until they are complete; all others go on as the bytes they came in. Of those that are read, a copy
//! is made.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::addresses::BrokerAddresses;
use super::asked::{Asked, Outstanding};
use super::event::KafkaEvent;
use super::fetch_walk::FetchWalk;
use super::head::MAX_FRAME;
use super::question::Question;
use super::requests::MAX_COPIED;
use super::rewrite::Answer;

/// No answer that is rewritten is longer: that would be the metadata of some 100,000 partitions.
const MAX_HELD: usize = 64 * 1024 * 1024;
/// Length and correlation id.
const HEAD: usize = 8;

enum State {
    /// Between frames, or within the first bytes of one, which are in `held`.
    Head,
    /// This much of a frame that is not changed is still to come.
    Pass(usize),
    /// A frame that is to be changed, of this length, is being held.
    Hold { length: usize, answer: Answer, version: i16 },
    /// A frame is being copied into `copy`; this much is still to come.
    Copy { left: usize, version: i16, client: Option<Arc<str>>, question: Question },
    /// An answer to a Fetch passes; this much is still to come.
    Fetch { left: usize, client: Option<Arc<str>>, walk: Box<FetchWalk> },
}

/// Reads answers as they pass.
pub(crate) struct Answers {
    state: State,
    held: BytesMut,
    copy: Vec<u8>,
    told: Vec<KafkaEvent>,
    brokers: BrokerAddresses,
}

impl Answers {
    pub(crate) fn new(brokers: BrokerAddresses) -> Self {
        Self { state: State::Head, held: BytesMut::new(), copy: Vec::new(), told: Vec::new(), brokers }
    }

    /// Reads on; what goes on to the client is put into `out`. An error says why this is no Kafka; all bytes have then
    /// been put into `out` as they came.
    pub(crate) fn read(
        &mut self,
        mut bytes: Bytes,
        asked: &mut Outstanding,
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

    /// What has been read since it was asked last.
    pub(crate) fn told(&mut self) -> impl Iterator<Item = KafkaEvent> + '_ {
        self.told.drain(..)
    }

    fn advance(
        &mut self,
        bytes: &mut Bytes,
        asked: &mut Outstanding,
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
                State::Copy { left, .. } => {
                    let n = (*left).min(bytes.len() - passed);
                    self.copy.extend_from_slice(&bytes[passed..passed + n]);
                    passed += n;
                    *left -= n;
                    if *left == 0 {
                        self.understand()?;
                    }
                }
                State::Fetch { left, walk, .. } => {
                    let n = (*left).min(bytes.len() - passed);
                    walk.read(&bytes[passed..passed + n])?;
                    passed += n;
                    *left -= n;
                    if *left == 0 {
                        self.fetched()?;
                    }
                }
                State::Head if self.held.is_empty() && bytes.len() - passed >= HEAD => {
                    let Some(head) = bytes[passed..].first_chunk::<HEAD>() else {
                        continue;
                    };
                    self.state = begin(*head, asked)?;
                    if !matches!(self.state, State::Hold { .. }) {
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
                    if !matches!(self.state, State::Hold { .. }) {
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

    /// Reads the copy, which is complete.
    fn understand(&mut self) -> Result<(), String> {
        let answer = std::mem::take(&mut self.copy);
        if let State::Copy { version, client, question, .. } = std::mem::replace(&mut self.state, State::Head)
        {
            let api = question.api();
            let said = question
                .answered(version, &answer)
                .map_err(|error| format!("an answer to {api:?} version {version} cannot be read: {error}"))?;
            self.told.extend(said.into_iter().map(|said| KafkaEvent { client: client.clone(), said }));
        }
        Ok(())
    }

    /// An answer to a Fetch has passed.
    fn fetched(&mut self) -> Result<(), String> {
        if let State::Fetch { client, walk, .. } = std::mem::replace(&mut self.state, State::Head) {
            let said = walk.finish()?;
            self.told.extend(said.into_iter().map(|said| KafkaEvent { client: client.clone(), said }));
        }
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
fn begin(head: [u8; HEAD], asked: &mut Outstanding) -> Result<State, String> {
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = i32::from_be_bytes([l0, l1, l2, l3]);
    let correlation_id = i32::from_be_bytes([c0, c1, c2, c3]);
    if !(4..=MAX_FRAME).contains(&length) {
        return Err(format!("{length} is no length of an answer"));
    }
    let length = 4 + length as usize;
    let Some(Asked { api_key, version, correlation_id: due, question, .. }) = asked.pop() else {
        return Err(format!("an answer {correlation_id} that nobody has asked for"));
    };
    if due != correlation_id {
        return Err(format!("an answer {correlation_id} where {due} was due"));
    }
    match (Answer::to(api_key), question) {
        (Some(answer), _) if length > MAX_HELD => Err(format!("an answer to {answer:?} of {length} bytes")),
        (Some(answer), _) => Ok(State::Hold { length, answer, version }),
        (None, Some((client, Question::Fetch(fetch)))) => {
            let walk = Box::new(FetchWalk::new(version, asked.positions.follow(fetch)?));
            Ok(State::Fetch { left: length - HEAD, client, walk })
        }
        (None, Some((_, question))) if length > MAX_COPIED => {
            Err(format!("an answer to {:?} of {length} bytes", question.api()))
        }
        (None, Some((client, question))) => {
            Ok(State::Copy { left: length - HEAD, version, client, question })
        }
        (None, None) => Ok(State::Pass(length - HEAD)),
    }
}
