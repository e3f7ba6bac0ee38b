//! The one face of all taps, and what can go wrong with one.

use std::time::Duration;

use futures::future::BoxFuture;

/// Something that watches one part of a run and records what it sees.
///
/// Each tap has its own `start(…)`, which returns once nothing that happens afterwards can be missed.
pub trait Tap: Send + Sync {
    /// Which tap of which server, for people: `binlog of 127.0.0.1:3306`.
    fn name(&self) -> String;

    /// Returns once everything that had happened before the call stands in the history.
    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>>;

    /// Why the tap no longer sees everything; verdicts that need it are inconclusive then.
    fn failed(&self) -> Option<String>;

    /// Ends the tap within bounded time (seconds); a second call does nothing.
    fn stop(&self) -> BoxFuture<'_, ()>;
}

/// What can go wrong with a tap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// A step of the start, or of a later look at the server, did not work.
    #[error("the {tap} tap on {server} could not {tried}: {error}")]
    Unreachable {
        /// Which tap.
        tap: &'static str,
        /// Server or file.
        server: String,
        /// What was tried, as a verb phrase.
        tried: String,
        /// What came back.
        error: String,
    },
    /// The server is set up so that the tap would not see everything.
    #[error("the {tap} tap cannot follow {server}: {setting} is {found}, it must be {wanted}")]
    Unfit {
        /// Which tap.
        tap: &'static str,
        /// Server or file.
        server: String,
        /// Name of the setting.
        setting: String,
        /// Its value.
        found: String,
        /// The value it needs.
        wanted: String,
    },
    /// The limit passed first.
    #[error(
        "the {tap} tap on {server} did not catch up within {limit:?}: awaited {awaited}; last seen: {last_seen}"
    )]
    Behind {
        /// Which tap.
        tap: &'static str,
        /// Server or file.
        server: String,
        /// How long it was waited.
        limit: Duration,
        /// What was awaited.
        awaited: String,
        /// The last thing seen of it.
        last_seen: String,
    },
    /// The tap had failed before, or did so meanwhile.
    #[error("the {tap} tap on {server} has failed: {reason}")]
    Failed {
        /// Which tap.
        tap: &'static str,
        /// Server or file.
        server: String,
        /// Why.
        reason: String,
    },
}

/// Which tap of which server: what every error begins with.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) tap: &'static str,
    pub(crate) server: String,
}

impl Who {
    pub(crate) fn name(&self) -> String {
        format!("{} of {}", self.tap, self.server)
    }

    pub(crate) fn unreachable(&self, tried: impl Into<String>, error: impl ToString) -> TapError {
        TapError::Unreachable {
            tap: self.tap,
            server: self.server.clone(),
            tried: tried.into(),
            error: error.to_string(),
        }
    }

    pub(crate) fn unfit(&self, setting: &str, found: &str, wanted: &str) -> TapError {
        TapError::Unfit {
            tap: self.tap,
            server: self.server.clone(),
            setting: setting.into(),
            found: found.into(),
            wanted: wanted.into(),
        }
    }

    pub(crate) fn behind(&self, limit: Duration, awaited: String, last_seen: String) -> TapError {
        TapError::Behind { tap: self.tap, server: self.server.clone(), limit, awaited, last_seen }
    }

    pub(crate) fn failed(&self, reason: String) -> TapError {
        TapError::Failed { tap: self.tap, server: self.server.clone(), reason }
    }
}
