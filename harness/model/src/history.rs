//! The history: every event of a run, in order, and its file form (JSON Lines).

use std::io::BufRead;

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
    #[error("line {line} of the history is no event: {error}; the file was changed or damaged after the run")]
    Corrupt {
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        error: serde_json::Error,
    },
    /// Written under another schema.
    #[error(
        "the history has schema version {found}, this build reads version {SCHEMA}: judge it with the build that wrote it"
    )]
    Schema {
        /// The file's version.
        found: u32,
    },
    /// It does not begin with `run`.
    #[error("the history does not begin with a `run` event: it is empty or no history")]
    NoRun,
}

impl History {
    /// Reads JSON Lines. A last line that is cut off is left out and marked.
    pub fn read(reader: impl BufRead) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        let mut broken: Option<(usize, serde_json::Error)> = None;
        for (index, line) in reader.lines().enumerate() {
            if let Some((line, error)) = broken.take() {
                return Err(HistoryError::Corrupt { line, error });
            }
            match serde_json::from_str::<Event>(&line?) {
                Ok(event) => history.events.push(event),
                Err(error) => broken = Some((index + 1, error)),
            }
        }
        history.truncated = broken.is_some();
        match history.events.first().map(|event| &event.what) {
            Some(What::Run { schema, .. }) if *schema != SCHEMA => {
                Err(HistoryError::Schema { found: *schema })
            }
            Some(What::Run { .. }) => Ok(history),
            _ => Err(HistoryError::NoRun),
        }
    }
}
