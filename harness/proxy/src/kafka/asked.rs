//! Requests that have passed and whose answers have not.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::event::KafkaEvent;
use super::fetch::Positions;
use super::question::Question;
use crate::fault::Change;

/// So many requests may be without an answer; a broker takes them one by one.
const MAX_ASKED: usize = 64 * 1024;
/// What is kept of them is not more.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// A request that has passed and whose answer has not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) api_key: i16,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    /// Who asked.
    pub(crate) client: Option<Arc<str>>,
    /// Who asked what, where that is read.
    pub(crate) question: Option<(Option<Arc<str>>, Question)>,
    /// The memory that the question takes, roughly.
    pub(crate) kept: usize,
    /// What is to be done to its answer.
    pub(crate) change: Option<Change>,
    /// Its answer, where it was made here.
    pub(crate) made: Option<Made>,
}

/// An answer that was made here: the request was not forwarded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) frame: Bytes,
    /// What is to be told of it.
    pub(crate) told: Vec<KafkaEvent>,
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

    /// The one that the broker is to answer next; none where an answer that was made here has to go before.
    pub(crate) fn pop(&mut self) -> Option<Asked> {
        let asked = self.queue.pop_front_if(|asked| asked.made.is_none())?;
        self.kept -= asked.kept;
        Some(asked)
    }

    /// The answer that was made here, if it is the next.
    pub(crate) fn pop_made(&mut self) -> Option<Made> {
        let asked = self.queue.pop_front_if(|asked| asked.made.is_some())?;
        self.kept -= asked.kept;
        asked.made
    }

    /// Whether an answer has yet to be made or changed here.
    pub(crate) fn owes(&self) -> bool {
        self.queue.iter().any(|asked| asked.made.is_some() || asked.change.is_some())
    }

    /// One that is waiting, by its place.
    pub(crate) fn get(&self, place: usize) -> Option<&Asked> {
        self.queue.get(place)
    }
}
