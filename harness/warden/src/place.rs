//! Where a user's warden is found: socket, locks, log, scratch.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::error::WardenError;

/// The files of the warden that this build would use.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) socket: PathBuf,
    /// Held while one client looks for a warden that does not answer and starts it.
    pub(crate) lock: PathBuf,
    pub(crate) log: PathBuf,
    /// Holds one directory per warden.
    pub(crate) scratch: PathBuf,
}

impl Place {
    pub(crate) fn find() -> Result<Place, WardenError> {
        let uid = nix::unistd::getuid();
        let temp = private(std::env::temp_dir().join(format!("pitfall-{uid}")))?;
        let run = match std::env::var_os("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => private(PathBuf::from(dir).join("pitfall"))?,
            None => temp.clone(),
        };
        let key = build_key();
        Ok(Place {
            socket: run.join(format!("warden-{key:016x}.sock")),
            lock: run.join(format!("warden-{key:016x}.lock")),
            log: run.join(format!("warden-{key:016x}.log")),
            scratch: private(temp.join("scratch"))?,
        })
    }

    pub(crate) fn fault(path: &Path, why: impl ToString) -> WardenError {
        WardenError::Place { path: path.to_owned(), why: why.to_string() }
    }
}

/// Makes a directory that only this user may enter, or makes sure that an existing one is such.
fn private(path: PathBuf) -> Result<PathBuf, WardenError> {
    match DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Place::fault(&path, error)),
    }
    let found = fs::symlink_metadata(&path).map_err(|error| Place::fault(&path, error))?;
    if !found.is_dir() || found.uid() != nix::unistd::getuid().as_raw() || found.mode() & 0o077 != 0 {
        return Err(Place::fault(&path, "it is not a directory that only this user may enter (mode 0700)"));
    }
    Ok(path)
}

/// Makes a warden's own scratch directory, with a marker that is locked as long as the returned file lives, and removes the
/// directories whose marker nobody locks any more.
pub(crate) fn claim_scratch(all: &Path) -> io::Result<(PathBuf, File)> {
    // One at a time: between a directory's birth and the lock on its marker it would look abandoned.
    let turn = File::create(all.join("sweep.lock"))?;
    turn.lock()?;
    for entry in fs::read_dir(all)?.flatten().filter(|entry| entry.path().is_dir()) {
        let abandoned = match File::open(entry.path().join("marker")) {
            Ok(marker) => marker.try_lock().is_ok(),
            Err(_) => true,
        };
        if abandoned && let Err(error) = fs::remove_dir_all(entry.path()) {
            eprintln!("cannot remove {}, left by an earlier warden: {error}", entry.path().display());
        }
    }
    let own = all.join(std::process::id().to_string());
    DirBuilder::new().mode(0o700).create(&own)?;
    let marker = File::create(own.join("marker"))?;
    marker.lock()?;
    Ok((own, marker))
}

/// FNV-1a over the wire format and the version.
const fn build_key() -> u64 {
    let parts = [include_str!("wire.rs").as_bytes(), env!("CARGO_PKG_VERSION").as_bytes()];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut part = 0;
    while part < parts.len() {
        let mut byte = 0;
        while byte < parts[part].len() {
            hash = (hash ^ parts[part][byte] as u64).wrapping_mul(0x0100_0000_01b3);
            byte += 1;
        }
        part += 1;
    }
    hash
}
