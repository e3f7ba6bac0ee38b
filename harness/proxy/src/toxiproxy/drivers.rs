//! The driver's clients, made and dropped where they may block.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use toxiproxy_rust::client::Client;

/// The server closes connections that are idle for 10 s, and a client of which one is just being closed panics.
const FRESH: Duration = Duration::from_secs(5);

/// Clients that are not at work. To make one takes tens of milliseconds, so they are used again.
#[derive(Default)]
pub(super) struct Drivers(Mutex<Vec<(Client, Instant)>>);

impl Drivers {
    /// A client that was at work not long ago. To be called where blocking is allowed.
    pub(super) fn take(&self) -> Option<Client> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < FRESH);
        idle.pop().map(|(client, _)| client)
    }

    /// Gives a client back.
    pub(super) fn put(&self, client: Client) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((client, Instant::now()));
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        let idle = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        // This may be an async task, where none of them may be dropped.
        std::thread::spawn(move || drop(idle));
    }
}
