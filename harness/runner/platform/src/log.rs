//! The program's events: all are kept, so that a follower may ask for any of them again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::seen::Seen;

/// The events of this process so far.
pub(crate) struct Log {
    pub(crate) instance: u64,
    events: Mutex<Vec<Seen>>,
    count: watch::Sender<u64>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { instance: rand::random(), events: Mutex::default(), count: watch::Sender::new(0) }
    }

    pub(crate) fn push(&self, seen: Seen) {
        let mut events = self.events();
        events.push(seen);
        self.count.send_replace(events.len() as u64);
    }

    pub(crate) fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Some events from number `from` on; waits until there is one.
    pub(crate) async fn from(&self, from: u64) -> Vec<Seen> {
        /// So many at a time: a late follower does not make a copy of all.
        const SOME: usize = 1000;
        let mut count = self.count.subscribe();
        // The sender lives in `self`, so this cannot end in an error.
        let _ = count.wait_for(|count| *count > from).await;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        self.events().iter().skip(from).take(SOME).cloned().collect()
    }

    fn events(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
