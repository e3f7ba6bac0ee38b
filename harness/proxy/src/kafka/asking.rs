//! Requests on their way: read as they pass, or held until it is decided what becomes of them.

use bytes::Bytes;

use super::asked::{Asked, Made, Outstanding};
use super::event::KafkaEvent;
use super::frames::Taken;
use super::question::Question;
use super::refusal::{self, Refusal};
use super::requests::Request;
use super::session::Session;
use super::subject::{ANSWERED, REQUEST, Subject};
use super::throttle;
use crate::fault::Change;
use crate::reader::Held;
use crate::wire::Wire;

/// What becomes of a request that is to be changed.
enum Next {
    /// It is not forwarded, and this is its answer.
    Made(Bytes),
    /// It goes on, and its answer is changed.
    InItsAnswer,
}

impl Session {
    /// Requests come.
    pub(super) fn requests_come(&mut self, bytes: &mut Bytes, out: &mut Vec<Bytes>) -> Option<Held> {
        let holds = self.gate.wants(REQUEST);
        while !bytes.is_empty() && !self.is_blind {
            let n = if self.up.holds() { 0 } else { self.up.pass_until(bytes, |_| holds) };
            if n > 0 {
                self.pass_requests(bytes.split_to(n), out);
                continue;
            }
            match self.up.take(bytes) {
                Taken::Short => {}
                Taken::TooLong(start) => {
                    self.up.pass(&start);
                    self.pass_requests(start, out);
                }
                Taken::All(frame) => match self.hold_request(&frame) {
                    Ok(held) => return Some(held),
                    Err(reason) => {
                        out.push(frame);
                        self.go_blind(format!("client: {reason}"));
                    }
                },
            }
        }
        if self.is_blind {
            self.up.flush(out);
            out.push(std::mem::take(bytes));
        }
        None
    }

    fn pass_requests(&mut self, bytes: Bytes, out: &mut Vec<Bytes>) {
        let (asked, told, unknown) = (&mut self.asked, &mut self.told, &mut self.unknown);
        let result = self.requests.read(&bytes, |request| {
            unknown.count(&request.head)?;
            passed(request, None, asked, told)
        });
        out.push(bytes);
        if let Err(reason) = result {
            self.go_blind(format!("client: {reason}"));
        }
    }

    fn hold_request(&mut self, frame: &Bytes) -> Result<Held, String> {
        let mut whole = None;
        self.requests.read(frame, |request| {
            whole = Some(request);
            Ok(())
        })?;
        let request = whole.ok_or("a request has no head")?;
        self.unknown.count(&request.head)?;
        let said = Subject::of(request.question.as_ref()).asked(request.head.api_key);
        let client = request.head.client_id.clone();
        self.asking = Some(request);
        Ok(Held { bytes: frame.clone(), about: vec![Wire::Kafka(KafkaEvent { client, said })] })
    }

    /// The request that waited goes on, or is answered.
    pub(super) fn release_request(
        &mut self,
        held: Held,
        change: Option<&Change>,
        out: &mut Vec<Bytes>,
    ) -> Result<(), String> {
        let Some(request) = self.asking.take().filter(|_| !self.is_blind) else {
            out.push(held.bytes);
            return change.map_or(Ok(()), |_| Err("what passes is no longer understood".to_owned()));
        };
        let (change, result) = match change.map(|change| (change, next(&request, &held.bytes, change))) {
            None => (None, Ok(())),
            Some((change, Ok(Next::InItsAnswer))) => (Some(change.clone()), Ok(())),
            Some((_, Err(reason))) => (None, Err(reason)),
            Some((_, Ok(Next::Made(answer)))) => {
                let asked = made(request, answer, self.gate.wants(ANSWERED));
                if let Err(reason) = self.asked.push(asked) {
                    self.go_blind(format!("client: {reason}"));
                }
                return Ok(());
            }
        };
        out.push(held.bytes);
        if let Err(reason) = passed(request, change, &mut self.asked, &mut self.told) {
            self.go_blind(format!("client: {reason}"));
        }
        result
    }
}

fn next(request: &Request, frame: &[u8], change: &Change) -> Result<Next, String> {
    let head = &request.head;
    match change {
        Change::KafkaError(code) => {
            let subject = Subject::of(request.question.as_ref());
            Ok(match refusal::of(head, &subject, frame, *code)? {
                Refusal::Answer(answer) => Next::Made(answer),
                Refusal::InItsAnswer => Next::InItsAnswer,
            })
        }
        Change::KafkaThrottle(_) if !head.answered => {
            Err("a Produce with acks=0 has no answer that could ask for quiet".to_owned())
        }
        Change::KafkaThrottle(_) => {
            throttle::is_there(head.api_key, head.version).map(|()| Next::InItsAnswer)
        }
        Change::MysqlError { .. } | Change::HttpStatus(_) => Err("this is no change for Kafka".to_owned()),
    }
}

/// A request that is not forwarded, with its answer and what is to be told of that.
fn made(request: Request, frame: Bytes, wants_answered: bool) -> Asked {
    let Request { head, question, kept } = request;
    let subject = Subject::of(question.as_ref());
    let said = question.map(|question| question.answered(head.version, frame.get(8..).unwrap_or_default()));
    // It was made to be read.
    let mut said = said.and_then(Result::ok).unwrap_or_default();
    if wants_answered {
        said.push(subject.answered(head.api_key, &said));
    }
    let told = said.into_iter().map(|said| KafkaEvent { client: head.client_id.clone(), said }).collect();
    let kept = kept + frame.len();
    Asked {
        api_key: head.api_key,
        version: head.version,
        correlation_id: head.correlation_id,
        kept,
        made: Some(Made { frame, told }),
        ..Asked::default()
    }
}

/// A request passes: its answer is awaited, or there is none and what is known is told.
fn passed(
    request: Request,
    change: Option<Change>,
    asked: &mut Outstanding,
    told: &mut Vec<Wire>,
) -> Result<(), String> {
    let Request { head, question, kept } = request;
    if head.answered {
        let client = head.client_id;
        let question = question.map(|question| (client.clone(), question));
        let (api_key, version, correlation_id) = (head.api_key, head.version, head.correlation_id);
        return asked.push(Asked {
            api_key,
            version,
            correlation_id,
            client,
            question,
            kept,
            change,
            made: None,
        });
    }
    if let Some(Question::Produce(produce)) = question {
        let event = |said| Wire::Kafka(KafkaEvent { client: head.client_id.clone(), said });
        told.extend(produce.unanswered().into_iter().map(event));
    }
    Ok(())
}
