//! A session directory: the summaries of its runs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pitfall_report::RunSummary;

const SUMMARY: &str = "summary.json";

/// Why a session cannot be told of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("{0}: there is no such directory; name a session directory: where the suite says its report is")]
    NotThere(PathBuf),
    #[error("{0}: is a file; name the session directory that it stands in")]
    NoDirectory(PathBuf),
    #[error("{0}: has no summary.json in or below it, so no run ended there; run the suite, or name another")]
    Empty(PathBuf),
    #[error("{file}: cannot be read: {error}; make it readable, or run the suite again")]
    Io { file: PathBuf, error: io::Error },
    #[error(
        "{file}: is no summary that this build can read: {error}; use the build that made it, or run the suite again"
    )]
    Summary { file: PathBuf, error: serde_json::Error },
}

/// The summaries of all runs in these sessions, by their places.
///
/// # Errors
/// Where one of them holds none, or one that cannot be read.
pub(crate) fn summaries(sessions: &[PathBuf]) -> Result<Vec<RunSummary>, Unreadable> {
    let mut all = Vec::new();
    for session in sessions {
        match fs::metadata(session) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Unreadable::NoDirectory(session.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Unreadable::NotThere(session.clone()));
            }
            Err(error) => return Err(Unreadable::Io { file: session.clone(), error }),
        }
        let before = all.len();
        collect(session, &mut all)?;
        if all.len() == before {
            return Err(Unreadable::Empty(session.clone()));
        }
    }
    Ok(all)
}

fn collect(folder: &Path, into: &mut Vec<RunSummary>) -> Result<(), Unreadable> {
    let unreadable = |file: &Path, error| Unreadable::Io { file: file.to_owned(), error };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<PathBuf> =
        entries.map_err(|error| unreadable(folder, error))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.ends_with(SUMMARY) {
            let text = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            let summary = serde_json::from_slice(&text);
            into.push(summary.map_err(|error| Unreadable::Summary { file: path, error })?);
        }
    }
    Ok(())
}
