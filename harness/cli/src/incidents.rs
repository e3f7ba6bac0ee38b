//! `pitfall incidents`: a page for each incident, made of what a session's runs showed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use pitfall_model::Outcome;
use pitfall_report::{RunSummary, incident_index, incidents};

use crate::{
    said::{CANNOT, Said, code},
    session_dir::{self, Unreadable},
};

const EXAMPLES: &str = "\
Examples:
  pitfall incidents target/pitfall/1795330663-14997 --out docs/incidents
  pitfall incidents SESSION OTHER-SESSION --out docs/incidents   # of a variant that ran in both, the later run

Exit codes: 0 written; 1 a verdict is not as declared, 2 one is inconclusive, 3 bad input: then nothing is written.";

/// Writes a page for each incident, and a table of them, from the summaries that a session of the suite left
///
/// A page has the incident's story and cause, and for each variant what it is, its verdict and the evidence. Pages of incidents
/// that did not run stay as they are, and so do their rows in the table.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Incidents {
    /// Directories of sessions: where report.md stands
    #[arg(value_name = "SESSION-DIR", required = true)]
    sessions: Vec<PathBuf>,
    /// The folder that the pages go to; made if it is not there
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{file}: cannot be written: {error}; make it writable, or name another folder with --out")]
    Unwritable { file: PathBuf, error: io::Error },
    #[error("{file}: cannot be read: {error}; make it readable, or remove it: it is made anew")]
    Earlier { file: PathBuf, error: io::Error },
}

impl Incidents {
    /// Writes the pages, if every run is fit to be told.
    pub(crate) fn run(&self) -> Said {
        let refused = |error: Refused| Said {
            err: format!("pitfall incidents: {error}\n"),
            code: CANNOT,
            ..Said::default()
        };
        match session_dir::summaries(&self.sessions) {
            Err(error) => refused(error.into()),
            Ok(runs) => match not_as_declared(&runs) {
                Some(said) => said,
                None => write(&runs, &self.out).unwrap_or_else(refused),
            },
        }
    }
}

/// Names the runs whose verdict is not as declared, if there are any.
fn not_as_declared(runs: &[RunSummary]) -> Option<Said> {
    let wrong = runs.iter().filter(|run| run.verdict.outcome != Outcome::AsDeclared);
    let mut said = Said::default();
    for run in wrong {
        let (name, folder) = (&run.verdict.name, &run.run_dir);
        said.err += &format!(
            "pitfall incidents: {name}: the verdict is not as declared, so no page is written; `pitfall check {folder}` says why\n"
        );
        said.code = said.code.max(code(&run.verdict.outcome));
    }
    (said.code > 0).then_some(said)
}

fn write(runs: &[RunSummary], out: &Path) -> Result<Said, Refused> {
    let unwritable = |file: &Path, error| Refused::Unwritable { file: file.to_owned(), error };
    fs::create_dir_all(out).map_err(|error| unwritable(out, error))?;
    let table = out.join("README.md");
    let earlier = match fs::read_to_string(&table) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Refused::Earlier { file: table, error }),
    };
    let all = incidents(runs);
    let mut files: Vec<(PathBuf, String)> =
        all.iter().map(|incident| (out.join(incident.file()), incident.page())).collect();
    files.push((table, incident_index(&all, earlier.as_deref(), |file| out.join(file).is_file())));
    let mut said = Said::default();
    for (file, text) in files {
        fs::write(&file, text).map_err(|error| unwritable(&file, error))?;
        said.out += &format!("{}\n", file.display());
    }
    Ok(said)
}
