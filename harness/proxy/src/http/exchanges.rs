//! Requests and what has become of them, in the order in which a connection's answers have to come.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::time::Instant;

use super::event::HttpEvent;
use super::head::RequestHead;
use super::status::CONTINUE;

/// So many requests may be without an answer; most clients wait for each.
const MAX_ASKED: usize = 1024;

/// A request whose answer is not through.
#[derive(Debug)]
pub(super) struct Exchange {
    number: u64,
    pub(super) method: String,
    path: String,
    /// The client wants no more of the connection.
    pub(super) closes: bool,
    /// The client waits to be told to send the body.
    waits: bool,
    /// We have told it to.
    pub(super) told_to_continue: bool,
    what: What,
}

/// What has become of a request.
#[derive(Debug)]
enum What {
    Kept,
    Forwarded(Instant),
    /// It never went on; this is what it is answered.
    Refused(Bytes),
}

impl Exchange {
    pub(super) fn asked(&self) -> HttpEvent {
        HttpEvent::Asked { request: self.number, method: self.method.clone(), path: self.path.clone() }
    }

    /// What is told of its answer; nothing, if it has not been forwarded.
    pub(super) fn answered(&self, status: u16) -> Option<HttpEvent> {
        let What::Forwarded(since) = self.what else { return None };
        let Self { number: request, method, path, .. } = self;
        let (request, method, path, took) = (*request, method.clone(), path.clone(), since.elapsed());
        Some(HttpEvent::Answered { request, method, path, status, took })
    }
}

/// Requests without an answer, in their order.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    asked: VecDeque<Exchange>,
    /// How many there were.
    count: u64,
}

impl Exchanges {
    /// A request has come, and is kept for now.
    pub(super) fn ask(&mut self, head: RequestHead) -> Result<&Exchange, String> {
        if self.asked.len() >= MAX_ASKED {
            return Err(format!("more than {MAX_ASKED} requests without an answer"));
        }
        self.count += 1;
        let RequestHead { method, path, body: _, waits, closes } = head;
        let (number, told_to_continue, what) = (self.count, false, What::Kept);
        self.asked.push_back(Exchange { number, method, path, closes, waits, told_to_continue, what });
        Ok(&self.asked[self.asked.len() - 1])
    }

    /// The request that came last goes on.
    pub(super) fn forward(&mut self) {
        if let Some(last) = self.asked.back_mut() {
            last.what = What::Forwarded(Instant::now());
        }
    }

    /// The request that came last does not go on.
    pub(super) fn refuse(&mut self, answer: Bytes) {
        if let Some(last) = self.asked.back_mut() {
            last.what = What::Refused(answer);
        }
    }

    /// The request that came last.
    pub(super) fn last(&self) -> Option<&Exchange> {
        self.asked.back()
    }

    /// The request that the server may answer now.
    pub(super) fn first(&self) -> Result<&Exchange, String> {
        let first = self.asked.front().filter(|first| matches!(first.what, What::Forwarded(_)));
        first.ok_or_else(|| "it speaks without being asked".to_owned())
    }

    /// The first request's answer is through.
    pub(super) fn done(&mut self) {
        self.asked.pop_front();
    }

    /// Whether an answer of ours has yet to be given.
    pub(super) fn owe(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.what, What::Refused(_)))
    }

    /// What the client is to be told by us, now that all before has been answered.
    pub(super) fn in_turn(&mut self, out: &mut Vec<Bytes>) {
        while let Some(first) = self.asked.front_mut() {
            match &mut first.what {
                What::Refused(answer) => out.push(std::mem::take(answer)),
                What::Kept if first.waits && !first.told_to_continue => {
                    first.told_to_continue = true;
                    return out.push(CONTINUE);
                }
                What::Kept | What::Forwarded(_) => return,
            }
            self.asked.pop_front();
        }
    }
}
