//! The history: every event of a run, in order, and its file form (JSON Lines).

use std::io::BufRead;

use serde::Deserialize;

use crate::event::{Event, SCHEMA, What};

/// Every event of a run, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The events.
    pub events: Vec<Event>,
    /// The last line was cut off (a killed run): the history is what came before it.
    pub truncated: bool,
}

/// Why a history file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file could not be read.
    #[error("cannot read the history: {0}")]
    Io(#[from] std::io::Error),
    /// A line in the middle is no event.
    #[error(
        "line {line} of the history is no event: {error}; the file was changed or damaged after the run: judge the original, or run it again"
    )]
    Corrupt {
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        error: serde_json::Error,
    },
    /// Written under another schema.
    #[error(
        "line 1: the history has schema version {found}, this build reads version {SCHEMA}: judge it with the build that wrote it"
    )]
    Schema {
        /// The file's version.
        found: u32,
    },
    /// It does not begin with `run`.
    #[error(
        "line 1 of the history is no `run` event: it is empty, was cut off before anything was told, or is no history; run it again"
    )]
    NoRun,
}

impl History {
    /// Reads JSON Lines. A last line that is cut off is left out and marked.
    pub fn read(reader: impl BufRead) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        let mut broken: Option<(usize, serde_json::Error)> = None;
        // Bytes, not text: a damaged line need not be UTF-8, and is to be named like any other.
        for (index, line) in reader.split(b'\n').enumerate() {
            if let Some((line, error)) = broken.take() {
                return Err(HistoryError::Corrupt { line, error });
            }
            let line = line?;
            if index == 0 {
                is_of_this_schema(&line)?;
            }
            match serde_json::from_slice::<Event>(&line) {
                Ok(event) => history.events.push(event),
                Err(error) => broken = Some((index + 1, error)),
            }
        }
        history.truncated = broken.is_some();
        match history.events.first().map(|event| &event.what) {
            Some(What::Run { .. }) => Ok(history),
            _ => Err(HistoryError::NoRun),
        }
    }
}

/// As much of the first line as every version of the schema has.
#[derive(Deserialize)]
struct Head {
    schema: u32,
}

/// Before anything else is read: the lines of another schema are not damaged, only different.
fn is_of_this_schema(first: &[u8]) -> Result<(), HistoryError> {
    match serde_json::from_slice::<Head>(first) {
        Ok(Head { schema }) if schema != SCHEMA => Err(HistoryError::Schema { found: schema }),
        // What is no head is told by what it is not: an event, or a `run`.
        _ => Ok(()),
    }
}
