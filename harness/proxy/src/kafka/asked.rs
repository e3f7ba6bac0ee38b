//! Requests that have passed and whose answers have not.

use std::collections::VecDeque;
use std::sync::Arc;

use super::fetch::Positions;
use super::question::Question;

/// So many requests may be without an answer; a broker takes them one by one.
const MAX_ASKED: usize = 64 * 1024;
/// What is kept of them is not more.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// A request that has passed and whose answer has not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) api_key: i16,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    /// Who asked what, where that is read.
    pub(crate) question: Option<(Option<Arc<str>>, Question)>,
    /// The memory that the question takes, roughly.
    pub(crate) kept: usize,
}

/// Requests without an answer, in the order in which they passed.
#[derive(Default)]
pub(crate) struct Outstanding {
    queue: VecDeque<Asked>,
    kept: usize,
    /// Where fetching stands, as of the last answer.
    pub(crate) positions: Positions,
}

impl Outstanding {
    /// One more; an error says why that is too many.
    pub(crate) fn push(&mut self, asked: Asked) -> Result<(), String> {
        self.kept += asked.kept;
        self.queue.push_back(asked);
        if self.queue.len() > MAX_ASKED {
            return Err(format!("more than {MAX_ASKED} requests without an answer"));
        }
        if self.kept > MAX_KEPT {
            return Err(format!("requests without an answer of more than {MAX_KEPT} bytes"));
        }
        Ok(())
    }

    /// The one that is to be answered next.
    pub(crate) fn pop(&mut self) -> Option<Asked> {
        let asked = self.queue.pop_front()?;
        self.kept -= asked.kept;
        Some(asked)
    }
}
