//! The recorder: stamps every event on one clock, keeps it in memory and hands it to the writer.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use pitfall_model::{Event, Place, What};
use tokio::sync::watch;

use crate::writer::Writer;

/// The one history of a run while it is being written. Clones share it.
#[derive(Debug, Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    began: Instant,
    log: Mutex<Log>,
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct Log {
    events: Vec<Arc<Event>>,
    /// Gone once the recorder is closed.
    writer: Option<Writer>,
}

/// Why the history cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// The file could not be made; an existing history is never overwritten.
    #[error("cannot create the history {path}: {error}")]
    Create {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A history begins with the `run` event.
    #[error("the history {path} must begin with a `run` event")]
    NoRun {
        /// The file.
        path: PathBuf,
    },
    /// Lines were lost.
    #[error("the history {path} is incomplete, writing failed: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

impl Recorder {
    /// Creates the file and records `run` (a [`What::Run`]) as its first event, at 0 ns.
    pub fn create(path: &Path, run: What) -> Result<Self, RecorderError> {
        if !matches!(run, What::Run { .. }) {
            return Err(RecorderError::NoRun { path: path.into() });
        }
        let create = |error| RecorderError::Create { path: path.into(), error };
        let file = OpenOptions::new().append(true).create_new(true).open(path).map_err(create)?;
        let writer = Writer::start(file).map_err(create)?;
        let shared = Shared {
            path: path.into(),
            began: Instant::now(),
            log: Mutex::new(Log { events: Vec::new(), writer: Some(writer) }),
            count: watch::Sender::new(0),
        };
        let recorder = Self { shared: Arc::new(shared) };
        recorder.push(Place::default(), run, true);
        Ok(recorder)
    }

    /// Records that something happened now. Does no I/O itself. After an [`What::Ended`], which is a history's last event, and after
    /// [`Recorder::close`] it does nothing.
    pub fn record(&self, place: Place, what: What) {
        self.push(place, what, false);
    }

    fn push(&self, place: Place, what: What, first: bool) {
        let Place { link, conn, order } = place;
        let mut log = self.log();
        let Log { events, writer: Some(writer) } = &mut *log else { return };
        if events.last().is_some_and(|last| matches!(last.what, What::Ended { .. })) {
            return;
        }
        // Stamped under the lock: `seq`, `at` and the order of the file agree.
        let at = if first { 0 } else { nanoseconds(self.shared.began.elapsed()) };
        let event = Arc::new(Event { seq: events.len() as u64, at, link, conn, order, what });
        writer.write(Arc::clone(&event));
        events.push(event);
        self.shared.count.send_replace(events.len());
    }

    /// The events from `index` (their `seq`) on.
    pub fn events_from(&self, index: usize) -> Vec<Arc<Event>> {
        self.log().events.get(index..).unwrap_or_default().to_vec()
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        nanoseconds(self.shared.began.elapsed())
    }

    /// How many events there are.
    #[expect(clippy::len_without_is_empty, reason = "never empty: it begins with `run`")]
    pub fn len(&self) -> usize {
        self.log().events.len()
    }

    /// Resolves once there are more than `index` events. Put a limit around it: it never gives up.
    pub async fn changed_since(&self, index: usize) {
        let mut count = self.shared.count.subscribe();
        // The sender lives in `self`, so this cannot end in an error.
        let _ = count.wait_for(|count| *count > index).await;
    }

    /// Waits until every event stands in the file. A second call does nothing.
    pub async fn close(&self) -> Result<(), RecorderError> {
        let Some(writer) = self.log().writer.take() else { return Ok(()) };
        let path = self.shared.path.clone();
        writer.close().await.map_err(|error| RecorderError::Write { path, error })
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
