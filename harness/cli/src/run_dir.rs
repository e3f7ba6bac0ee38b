//! A run directory, read: all that a run is judged by.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use pitfall_model::{History, HistoryError, Judging};
use serde::Deserialize;

/// So many names of run directories are told to who named the directory above them.
const NAMED: usize = 3;

/// What stands in a run directory.
#[derive(Debug)]
pub(crate) struct RunDir {
    /// What the run is judged on.
    pub(crate) judging: Judging,
    /// What was seen of it.
    pub(crate) history: History,
    /// Its `verdict.json`, if it has one.
    pub(crate) recorded: Option<String>,
}

/// Why a directory cannot be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("{0}: there is no such directory; name a run directory, as the suite tells it where a run fails")]
    NotThere(PathBuf),
    #[error("{0}: is a file; name the run directory that it stands in")]
    NoDirectory(PathBuf),
    #[error("{folder}: has no {file}, so it is no run directory; {remedy}")]
    Incomplete { folder: PathBuf, file: &'static str, remedy: String },
    #[error("{file}: cannot be read: {error}; make it readable, or run the scenario again")]
    Unreadable { file: PathBuf, error: io::Error },
    #[error(
        "{file}: is no plan that this build can read: {error}; judge the run with the build that made it"
    )]
    Plan { file: PathBuf, error: serde_json::Error },
    #[error("{file}: {error}")]
    History { file: PathBuf, error: HistoryError },
}

/// As much of a plan as is needed to judge by it.
#[derive(Deserialize)]
struct Planned {
    judging: Judging,
}

impl RunDir {
    /// Reads the directory of one run.
    ///
    /// # Errors
    /// Where it is no run directory, or what stands in it cannot be read or is of another form.
    pub(crate) fn read(folder: &Path) -> Result<Self, Unfit> {
        match fs::metadata(folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Unfit::NoDirectory(folder.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Unfit::NotThere(folder.to_owned()));
            }
            Err(error) => return Err(Unfit::Unreadable { file: folder.to_owned(), error }),
        }
        let file = folder.join("plan.json");
        let plan = needed(folder, "plan.json", fs::read(&file))?;
        let planned = serde_json::from_slice(&plan).map_err(|error| Unfit::Plan { file, error });
        let Planned { judging } = planned?;
        let file = folder.join("history.jsonl");
        let lines = needed(folder, "history.jsonl", File::open(&file))?;
        let history = History::read(BufReader::new(lines)).map_err(|error| Unfit::History { file, error })?;
        Ok(Self { judging, history, recorded: recorded(folder)? })
    }
}

/// What was opened or read of a file that every run directory has.
fn needed<T>(folder: &Path, file: &'static str, found: io::Result<T>) -> Result<T, Unfit> {
    found.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Unfit::Incomplete { folder: folder.to_owned(), file, remedy: remedy(folder) }
        }
        _ => Unfit::Unreadable { file: folder.join(file), error },
    })
}

fn recorded(folder: &Path) -> Result<Option<String>, Unfit> {
    let file = folder.join("verdict.json");
    match fs::read(&file) {
        // What is no text is no verdict either; whoever compares says so.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unfit::Unreadable { file, error }),
    }
}

/// Names the run directories in this one, as in that of a sweep.
fn remedy(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut runs: Vec<String> = entries
        .filter(|entry| entry.path().join("plan.json").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    runs.sort_unstable();
    match runs.len() {
        0 => "name one that a run has left, or run the scenario again".to_owned(),
        1..=NAMED => format!("name those in it: {}", runs.join(", ")),
        count => format!("name those in it: {} and {} more", runs[..NAMED].join(", "), count - NAMED),
    }
}
