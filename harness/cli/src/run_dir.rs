//! A run directory: all that a run is judged by.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::Duration,
};

use pitfall_checkers::{facts::Facts, judge_facts};
use pitfall_model::{Event, Events, HistoryError, Judging, RunVerdict};
use serde::Deserialize;

const HISTORY: &str = "history.jsonl";

/// So many names of run directories are told to who named the directory above them.
const NAMED: usize = 3;

/// What stands in a run directory.
#[derive(Debug)]
pub(crate) struct RunDir {
    /// What the run is judged on.
    pub(crate) judging: Judging,
    folder: PathBuf,
    /// Its `verdict.json`, if it has one.
    pub(crate) recorded: Option<String>,
}

/// A run, judged.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: RunVerdict,
    /// How long the run took by its own clock.
    pub(crate) took: Duration,
    /// How many lines its history has.
    pub(crate) lines: usize,
    /// The history's last line is cut off, and was left out.
    pub(crate) cut_off: bool,
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
        Ok(Self { judging, folder: folder.to_owned(), recorded: recorded(folder)? })
    }

    /// Judges the run. Its history is read twice, and never whole in memory: for what is judged, and for the evidence.
    ///
    /// # Errors
    /// Where it has no history, or one that cannot be read.
    pub(crate) fn judge(&self) -> Result<Judged, Unfit> {
        let (mut facts, mut took, mut lines) = (Facts::judged_by(&self.judging), 0, 0);
        let mut events = self.events()?;
        for event in events.by_ref() {
            let (line, event) = event.map_err(|error| self.unfit(error))?;
            (took, lines) = (event.at, line);
            facts.see(&event);
        }
        let cut_off = events.is_cut_off();
        if cut_off {
            facts.cut_off();
        }
        let verdict = judge_facts(&facts, &self.judging, |seqs| self.recall(seqs))?;
        Ok(Judged { verdict, took: Duration::from_nanos(took), lines, cut_off })
    }

    fn recall(&self, seqs: &BTreeSet<u64>) -> Result<Vec<Event>, Unfit> {
        let is_asked = |event: &Event| seqs.contains(&event.seq);
        let events = self.events()?.map(|event| event.map(|(_, event)| event));
        events
            .filter(|event| event.as_ref().map_or(true, is_asked))
            .collect::<Result<_, _>>()
            .map_err(|error| self.unfit(error))
    }

    fn events(&self) -> Result<Events<BufReader<File>>, Unfit> {
        let file = File::open(self.folder.join(HISTORY));
        needed(&self.folder, HISTORY, file).map(|file| Events::new(BufReader::new(file)))
    }

    fn unfit(&self, error: HistoryError) -> Unfit {
        Unfit::History { file: self.folder.join(HISTORY), error }
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
