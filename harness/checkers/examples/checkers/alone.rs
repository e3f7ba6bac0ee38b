//! A thread of its own: it has its own memory to take from, and gives all of it back.
//!
//! On one thread, what one checker leaves free between what is still held serves the next one: for little it need not ask the
//! system, for much it must. That would tell of the checkers before, and make a large history slower than many small ones.

use std::thread;

use crate::Failure;

/// What comes of it.
pub(crate) fn alone<T: Send>(act: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    thread::scope(|threads| threads.spawn(act).join()).map_err(|_| "what was measured panicked".into())
}
