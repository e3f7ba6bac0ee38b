//! The program, run on recorded runs and on copies of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `pitfall` with these arguments.
pub(crate) fn pitfall<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Said {
    let done = Command::new(env!("CARGO_BIN_EXE_pitfall")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// Runs `pitfall check` on one directory.
pub(crate) fn check(folder: &Path) -> Said {
    pitfall(["check".as_ref(), folder.as_os_str()])
}

/// A recorded run.
pub(crate) fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/histories").join(name)
}

/// Every recorded run.
pub(crate) fn all_recorded() -> Vec<PathBuf> {
    let entries = fs::read_dir(recorded("")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    all.sort();
    assert!(all.len() >= 2, "{all:?}");
    all
}

/// A copy of a recorded run, to be damaged.
pub(crate) struct Copy(TempDir);

impl Copy {
    pub(crate) fn of(name: &str) -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        for file in ["plan.json", "history.jsonl", "verdict.json"] {
            fs::copy(recorded(name).join(file), copy.file(file)).unwrap();
        }
        copy
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn remove(self, file: &str) -> Self {
        fs::remove_file(self.file(file)).unwrap();
        self
    }

    /// A file's text changed, and changed indeed.
    pub(crate) fn change(self, file: &str, change: impl FnOnce(&str) -> String) -> Self {
        let before = fs::read_to_string(self.file(file)).unwrap();
        let after = change(&before);
        assert_ne!(before, after);
        fs::write(self.file(file), after).unwrap();
        self
    }

    pub(crate) fn check(&self) -> Said {
        check(self.folder())
    }

    /// How many lines the history has.
    pub(crate) fn lines(&self) -> usize {
        fs::read_to_string(self.file("history.jsonl")).unwrap().lines().count()
    }
}
