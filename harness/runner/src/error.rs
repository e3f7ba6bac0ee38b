//! What can keep a run from being made at all. What goes wrong within a run stands in its history.

use std::path::PathBuf;

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The environment does not offer what the scenario needs.
    #[error("{reason}")]
    Unmet {
        /// What it needs and what there is.
        reason: String,
    },
    /// The servers could not be started.
    #[error("{0}")]
    Environment(#[from] pitfall_environment::EnvironmentError),
    /// The warden could not be reached, or could not start a process.
    #[error("{0}")]
    Warden(#[from] pitfall_warden::WardenError),
    /// A link could not be opened or bent.
    #[error("{0}")]
    Link(#[from] pitfall_proxy::LinkError),
    /// The mocked platform could not be served, or not be told what to do.
    #[error("{0}")]
    Platform(#[from] pitfall_platform::PlatformError),
    /// A tap could not be started, or lost sight.
    #[error("{0}")]
    Tap(#[from] pitfall_recorder::TapError),
    /// The history could not be written.
    #[error("{0}")]
    History(#[from] pitfall_recorder::RecorderError),
    /// The system's build command failed.
    #[error("`{command}` in {folder} failed ({status}): the system under test cannot be built")]
    Build {
        /// The command.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// How it ended.
        status: String,
    },
    /// A file or folder of the run.
    #[error("cannot {tried} {path}: {error}")]
    File {
        /// What was tried.
        tried: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// A server refused what the run needs.
    #[error("cannot {tried}: {error}")]
    Server {
        /// What was tried, on what.
        tried: String,
        /// What it said.
        error: String,
    },
    /// A placeholder has no value in this run.
    #[error("`{{{name}}}` of {place} has no value in this run")]
    NoValue {
        /// The placeholder.
        name: String,
        /// Where it stands: which role or action.
        place: String,
    },
}

impl RunError {
    pub(crate) fn server(
        tried: impl Into<String>,
    ) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Self {
        let tried = tried.into();
        move |error| Self::Server { tried, error: error.to_string() }
    }

    pub(crate) fn file(tried: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { tried, path, error }
    }
}
