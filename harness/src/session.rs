//! One invocation: where its runs go, which seed they have, and the report over all of them.

use std::{
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use pitfall_model::RunVerdict;
use pitfall_report::RunSummary;

/// Run directories of so many invocations are kept.
const KEPT: usize = 50;

/// One invocation of the test target; under cargo-nextest, all processes of one nextest run.
pub(crate) struct Session {
    folder: PathBuf,
    seed: u64,
    target: String,
}

impl Session {
    /// Names the session; makes nothing yet.
    ///
    /// # Errors
    /// When `PITFALL_SEED` is no number.
    pub(crate) fn new(bin: &Path) -> io::Result<Self> {
        let all = bin.parent().unwrap_or(bin).join("pitfall");
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let own = || format!("{}-{}", since.as_secs(), std::process::id());
        let name = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| own());
        let chance = since.as_nanos() as u64 ^ u64::from(std::process::id()) << 32;
        let seed = match std::env::var("PITFALL_SEED") {
            Ok(seed) => seed.parse().map_err(|_| {
                io::Error::other(format!(
                    "PITFALL_SEED is `{seed}`: it must be a whole number from 0, e.g. 17"
                ))
            })?,
            Err(_) => chance % 1_000_000_007,
        };
        Ok(Self { folder: all.join(name), seed, target: target()? })
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The run directory of a variant.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name.replace("::", "/"))
    }

    /// Cargo's name of this test target, by that of its binary: `chaos-0a1b2c…`.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The verdicts stored so far, by name.
    pub(crate) fn verdicts(&self) -> Vec<RunVerdict> {
        self.summaries().into_iter().map(|summary| summary.verdict).collect()
    }

    /// Stores a run's verdict beside its history.
    pub(crate) fn add(&self, folder: &Path, summary: &RunSummary) -> io::Result<()> {
        std::fs::write(folder.join("summary.json"), serde_json::to_string(summary)?)
    }

    /// Writes the report over all runs so far and says where it is, and forgets old sessions.
    pub(crate) fn finish(&self) {
        let summaries = self.summaries();
        if !summaries.is_empty() {
            match self.write(&summaries) {
                Ok(()) => eprintln!("report: {}", self.report().display()),
                Err(error) => eprintln!("cannot write {}: {error}", self.report().display()),
            }
        }
        if let Some(all) = self.folder.parent() {
            prune(all);
        }
    }

    fn write(&self, summaries: &[RunSummary]) -> io::Result<()> {
        // Another process of this session may write it at the same time: each writes a whole file.
        let own = self.folder.join(format!("report.md.{}", std::process::id()));
        std::fs::write(&own, pitfall_report::markdown(summaries))?;
        std::fs::rename(own, self.report())
    }

    /// What is stored so far, by name.
    fn summaries(&self) -> Vec<RunSummary> {
        let mut summaries = Vec::new();
        if let Err(error) = collect(&self.folder, &mut summaries)
            && error.kind() != io::ErrorKind::NotFound
        {
            eprintln!("cannot read the verdicts in {}: {error}", self.folder.display());
        }
        summaries.sort_by(|a, b| a.verdict.name.cmp(&b.verdict.name));
        summaries
    }

    fn report(&self) -> PathBuf {
        self.folder.join("report.md")
    }
}

fn target() -> io::Result<String> {
    let binary = std::env::current_exe()?;
    Ok(without_hash(&binary.file_stem().unwrap_or_default().to_string_lossy()).to_owned())
}

/// Cargo puts a hash behind the target's name.
fn without_hash(stem: &str) -> &str {
    let is_hash = |text: &str| text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash)).map_or(stem, |(target, _)| target)
}

fn collect(folder: &Path, into: &mut Vec<RunSummary>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.ends_with("summary.json")
            && let Ok(summary) = serde_json::from_str(&std::fs::read_to_string(&path)?)
        {
            into.push(summary);
        }
    }
    Ok(())
}

/// Removes the oldest sessions beyond [`KEPT`]; what cannot be removed stays.
fn prune(all: &Path) {
    let Ok(entries) = std::fs::read_dir(all) else { return };
    let mut sessions: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    sessions.sort();
    for (_, folder) in sessions.iter().rev().skip(KEPT) {
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::without_hash;

    #[test]
    fn a_target_is_known_by_its_binary() {
        assert_eq!(without_hash("chaos-0a1b2c3d4e5f6071"), "chaos");
        assert_eq!(without_hash("my-chaos"), "my-chaos");
    }
}
