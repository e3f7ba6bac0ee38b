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
    ///
    /// # Errors
    /// As those of [`Events`].
    pub fn read(reader: impl BufRead) -> Result<Self, HistoryError> {
        let mut lines = Events::new(reader);
        let events = lines.by_ref().map(|event| Ok(event?.1)).collect::<Result<_, HistoryError>>()?;
        Ok(Self { events, truncated: lines.is_cut_off() })
    }
}

/// The events of a history file one after the other, each with its line, from 1; the file is never whole in memory.
///
/// # Errors
/// An error is the last item: the file cannot be read, does not begin with a `run` event of this build's schema, or a line in
/// the middle is no event. A last line that is cut off is left out: [`Events::is_cut_off`] says so at the end.
#[derive(Debug)]
pub struct Events<R> {
    reader: R,
    /// The line being read; kept for its memory.
    text: Vec<u8>,
    line: usize,
    cut_off: bool,
    ended: bool,
}

impl<R: BufRead> Events<R> {
    /// Of a file from its beginning.
    pub fn new(reader: R) -> Self {
        Self { reader, text: Vec::new(), line: 0, cut_off: false, ended: false }
    }

    /// Whether the last line was cut off (a killed run); known when there are no more events.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    fn read(&mut self) -> Result<Option<(usize, Event)>, HistoryError> {
        let is_first = self.line == 0;
        let is_there = self.advance()?;
        if is_first {
            is_of_this_schema(&self.text)?;
        }
        let event = match is_there.then(|| serde_json::from_slice::<Event>(&self.text)) {
            None => None,
            Some(Ok(event)) => Some(event),
            // Cut off, unless something follows it.
            Some(Err(error)) => {
                let line = self.line;
                if self.advance()? {
                    return Err(HistoryError::Corrupt { line, error });
                }
                self.cut_off = true;
                None
            }
        };
        match event.as_ref().map(|event| &event.what) {
            Some(What::Run { .. }) => Ok(event.map(|event| (self.line, event))),
            _ if is_first => Err(HistoryError::NoRun),
            _ => Ok(event.map(|event| (self.line, event))),
        }
    }

    /// Whether there is another line.
    fn advance(&mut self) -> Result<bool, HistoryError> {
        self.text.clear();
        self.line += 1;
        Ok(self.reader.read_until(b'\n', &mut self.text)? > 0)
    }
}

impl<R: BufRead> Iterator for Events<R> {
    type Item = Result<(usize, Event), HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.read();
        self.ended = !matches!(read, Ok(Some(_)));
        read.transpose()
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Events, History, HistoryError};

    const RUN: &str =
        r#"{"seq":0,"at":0,"event":"run","schema":1,"name":"n","id":"i","seed":1,"began":0,"versions":{}}"#;
    const ENDED: &str = r#"{"seq":1,"at":5,"event":"ended","reason":"settled"}"#;

    fn lines(text: &str) -> (Vec<(usize, u64)>, Option<HistoryError>, bool) {
        let mut events = Events::new(text.as_bytes());
        let (mut read, mut error) = (Vec::new(), None);
        for event in events.by_ref() {
            match event {
                Ok((line, event)) => read.push((line, event.seq)),
                Err(why) => error = Some(why),
            }
        }
        (read, error, events.is_cut_off())
    }

    #[test]
    fn events_come_with_their_lines() {
        let (read, error, cut) = lines(&format!("{RUN}\n{ENDED}\n"));
        assert_eq!(read, [(1, 0), (2, 1)]);
        assert!(error.is_none() && !cut);
    }

    #[test]
    fn a_last_line_that_is_cut_off_is_left_out() {
        for cut_at in [1, ENDED.len() - 1] {
            let (read, error, cut) = lines(&format!("{RUN}\n{}", &ENDED[..cut_at]));
            assert_eq!(read, [(1, 0)]);
            assert!(error.is_none() && cut);
        }
        let in_a_letter =
            [RUN.as_bytes(), b"\n{\"seq\":1,\"at\":5,\"event\":\"ended\",\"reason\":\"\xc3"].concat();
        assert!(History::read(in_a_letter.as_slice()).unwrap().truncated);
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error_with_its_number() {
        let (read, error, cut) = lines(&format!("{RUN}\n{}\n{ENDED}\n", &ENDED[..9]));
        assert_eq!(read, [(1, 0)]);
        assert!(matches!(error, Some(HistoryError::Corrupt { line: 2, .. })), "{error:?}");
        assert!(!cut);
    }

    #[test]
    fn what_does_not_begin_with_a_run_of_this_schema_is_refused() {
        for text in ["", "{", &format!("{ENDED}\n{RUN}\n")] {
            assert!(matches!(lines(text).1, Some(HistoryError::NoRun)), "{text}");
        }
        let other = RUN.replace("\"schema\":1", "\"schema\":2");
        let (read, error, _) = lines(&format!("{other}\n{ENDED}\n"));
        assert!(read.is_empty());
        assert!(matches!(error, Some(HistoryError::Schema { found: 2 })), "{error:?}");
    }
}
