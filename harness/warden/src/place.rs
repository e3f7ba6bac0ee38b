//! Where a user's warden is found: socket, locks, log, scratch.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::error::WardenError;
use crate::serve::log;

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
        let temp = std::env::temp_dir();
        // The warden works in `/`, and so would find another directory by a relative name.
        let temp = std::path::absolute(&temp).map_err(|error| Place::fault(&temp, error))?;
        let temp = private(temp.join(format!("pitfall-{uid}")))?;
        let run = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| is_own(dir)) {
            Some(dir) => private(dir.join("pitfall"))?,
            None => temp.clone(),
        };
        let key = build_key();
        let socket = run.join(format!("warden-{key:016x}.sock"));
        Ok(Place {
            lock: lock_of(&socket),
            socket,
            log: run.join(format!("warden-{key:016x}.log")),
            scratch: private(temp.join("scratch"))?,
        })
    }

    pub(crate) fn fault(path: &Path, why: impl ToString) -> WardenError {
        WardenError::Place { path: path.to_owned(), why: why.to_string() }
    }
}

/// The lock that guards who makes and who removes this socket.
pub(crate) fn lock_of(socket: &Path) -> PathBuf {
    socket.with_extension("lock")
}

/// Whether this can be the user's runtime directory. What `sudo` or `su` left of another user's, or one that was never made,
/// cannot.
fn is_own(directory: &Path) -> bool {
    let uid = nix::unistd::getuid().as_raw();
    directory.is_absolute() && fs::metadata(directory).is_ok_and(|found| found.is_dir() && found.uid() == uid)
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
            log(format_args!("cannot remove {}, left by an earlier warden: {error}", entry.path().display()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_directory_is_absolute_there_and_ones_own() {
        let own = tempfile::tempdir().expect("a directory");

        assert!(is_own(own.path()));
        assert!(!is_own(&own.path().join("never-made")));
        assert!(!is_own(Path::new("relative")));
        assert!(!is_own(Path::new("")));
    }
}
