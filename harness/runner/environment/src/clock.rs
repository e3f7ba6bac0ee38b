//! Notes how long each part of a start takes.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::timing::Part;

/// Runs from the start of an environment.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    parts: Mutex<Vec<Part>>,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { start: Instant::now(), parts: Mutex::default() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Awaits a part and notes it.
    pub(crate) async fn note<T>(&self, name: &str, part: impl Future<Output = T>) -> T {
        let from = self.elapsed();
        let value = part.await;
        let part = Part { name: name.to_owned(), from, until: self.elapsed() };
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
        value
    }

    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        parts.sort_by_key(|part| part.from);
        parts
    }
}
