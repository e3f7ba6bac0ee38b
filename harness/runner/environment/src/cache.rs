//! What is made once and used often: jars, archives and data directories, in the user's cache directory.

use std::fs::{self, File};
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::error::EnvironmentError;

/// Where `ci/setup` puts what it fetches, and templates are kept: `PITFALL_CACHE`, else `pitfall` in the user's cache directory.
///
/// # Errors
/// When that is no absolute path.
pub fn root() -> Result<PathBuf, EnvironmentError> {
    let root = match std::env::var_os("PITFALL_CACHE").filter(|root| !root.is_empty()) {
        Some(root) => PathBuf::from(root),
        None => {
            let strategy = etcetera::choose_base_strategy();
            strategy.map_err(|error| fault(Path::new("~/.cache"), error))?.cache_dir().join("pitfall")
        }
    };
    // Servers work in other directories than this process, and tests in others than `ci/setup`.
    if root.is_absolute() { Ok(root) } else { Err(fault(&root, "it is not an absolute path")) }
}

/// The command that removes the templates whose names begin so.
pub(crate) fn removal(templates: &str) -> Result<String, EnvironmentError> {
    Ok(format!("rm -rf '{}'/{templates}-*", root()?.display()))
}

/// The directory of this name, made by `build` if it is not there. Only one process builds; nobody sees it half made.
pub(crate) async fn get_or_build<F>(
    name: &str,
    build: impl FnOnce(PathBuf) -> F,
) -> Result<PathBuf, EnvironmentError>
where
    F: Future<Output = Result<(), EnvironmentError>>,
{
    get_or_build_in(&root()?, name, build).await
}

async fn get_or_build_in<F>(
    root: &Path,
    name: &str,
    build: impl FnOnce(PathBuf) -> F,
) -> Result<PathBuf, EnvironmentError>
where
    F: Future<Output = Result<(), EnvironmentError>>,
{
    let done = root.join(name);
    if done.is_dir() {
        return Ok(done);
    }
    let lock = lock_in(root, name).await?;
    if !done.is_dir() {
        let building = root.join(format!("{name}.building"));
        remove(&building)?;
        fs::create_dir(&building).map_err(|error| fault(&building, error))?;
        if let Err(error) = build(building.clone()).await {
            // The next one to build tries again; why this one failed is what counts.
            let _ = remove(&building);
            return Err(error);
        }
        fs::rename(&building, &done).map_err(|error| fault(&done, error))?;
    }
    drop(lock);
    Ok(done)
}

/// Keeps all others out who lock this name, until it is dropped.
pub(crate) async fn lock(name: &str) -> Result<File, EnvironmentError> {
    lock_in(&root()?, name).await
}

async fn lock_in(root: &Path, name: &str) -> Result<File, EnvironmentError> {
    fs::create_dir_all(root).map_err(|error| fault(root, error))?;
    let path = root.join(format!("{name}.lock"));
    let lock = tokio::task::spawn_blocking(move || {
        let lock = File::create(&path).map_err(|error| fault(&path, error))?;
        lock.lock().map_err(|error| fault(&path, error))?;
        Ok::<File, EnvironmentError>(lock)
    });
    lock.await.map_err(|error| fault(root, error))?
}

/// Copies a server's data, leaving holes where a file holds nothing but zeros: most of a fresh data directory.
pub(crate) async fn copy(server: &str, from: PathBuf, to: PathBuf) -> Result<(), EnvironmentError> {
    let path = to.clone();
    let copied = tokio::task::spawn_blocking(move || copy_all(&from, &to)).await;
    copied.unwrap_or_else(|panic| Err(io::Error::other(panic))).map_err(|error| EnvironmentError::Data {
        server: server.to_owned(),
        path,
        why: error.to_string(),
    })
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else if entry.metadata()?.len() > BLOCK.len() as u64 {
            copy_sparse(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

static BLOCK: [u8; 64 * 1024] = [0; 64 * 1024];

fn copy_sparse(from: &Path, to: &Path) -> io::Result<()> {
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let mut block = BLOCK.to_vec();
    let mut length = 0;
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            return to.set_len(length);
        }
        if block[..read] == BLOCK[..read] {
            to.seek(SeekFrom::Current(read as i64))?;
        } else {
            to.write_all(&block[..read])?;
        }
        length += read as u64;
    }
}

/// A short name for what a cached thing was made from; stable over builds.
pub(crate) fn fingerprint(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

pub(crate) fn fault(path: &Path, why: impl ToString) -> EnvironmentError {
    EnvironmentError::Cache { path: path.to_owned(), why: why.to_string() }
}

fn remove(path: &Path) -> Result<(), EnvironmentError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fault(path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_holes_or_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        fs::create_dir_all(from.join("below")).expect("it is new");
        let mut large = vec![0; 300_001];
        large[200_000] = 7;
        fs::write(from.join("below/large"), &large).expect("there is room");
        fs::write(from.join("small"), b"small").expect("there is room");

        copy_all(&from, &to).expect("there is room");

        assert_eq!(fs::read(to.join("below/large")).expect("it was copied"), large);
        assert_eq!(fs::read(to.join("small")).expect("it was copied"), b"small");
    }

    #[tokio::test]
    async fn a_failed_build_leaves_nothing_to_use() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        let failed = get_or_build_in(root, "thing", |_| async { Err(fault(Path::new("x"), "no")) }).await;
        assert!(failed.is_err());

        let made = get_or_build_in(root, "thing", |at| async move {
            assert_eq!(fs::read_dir(&at).expect("it is there").count(), 0);
            fs::write(at.join("file"), b"1").map_err(|error| fault(&at, error))
        });

        assert!(made.await.expect("it was built").join("file").is_file());
        let again = get_or_build_in(root, "thing", |_| async { unreachable!("it is there") });
        assert!(again.await.expect("it is there").is_dir());
    }
}
