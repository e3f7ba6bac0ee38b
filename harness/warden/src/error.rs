//! What can go wrong between a client and its warden.

use std::path::PathBuf;

/// Why the warden could not be reached, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum WardenError {
    /// The directory for the socket, the log or the scratch cannot be used.
    #[error(
        "cannot use {path} for the warden: {why}; remove it, or point XDG_RUNTIME_DIR and TMPDIR elsewhere"
    )]
    Place {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The warden did not start.
    #[error("cannot start the warden ({program} --pitfall-warden): {why}; its log is {log}")]
    Start {
        /// The executable that was started again.
        program: String,
        /// What happened, with the last lines of the log.
        why: String,
        /// The warden's log.
        log: PathBuf,
    },
    /// This process was started as a warden, but its `main` went on.
    #[error(
        "this program was started as a warden but did not become one: call pitfall_warden::become_warden_if_asked() first in main()"
    )]
    NotAWarden,
    /// The connection ended: the warden is gone, and all that it owned.
    #[error("the warden is gone (asked to {tried}); everything it owned was killed; its log is {log}")]
    Lost {
        /// What was asked of it.
        tried: String,
        /// The warden's log.
        log: PathBuf,
    },
    /// The warden answered that it cannot.
    #[error("the warden could not {tried}: {why}")]
    Refused {
        /// What was asked of it.
        tried: String,
        /// Its answer.
        why: String,
    },
}
