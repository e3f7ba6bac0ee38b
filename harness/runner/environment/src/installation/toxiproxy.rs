//! Toxiproxy's programs: in the folder that `PITFALL_TOXIPROXY` names, else those that `ci/setup` has put into the cache.

use std::path::PathBuf;

use super::{SETUP, absolute};
use crate::cache;
use crate::error::EnvironmentError;

/// What `ci/lib.sh` compiles.
const VERSION: &str = "2.12.0";
/// Names another folder.
const VARIABLE: &str = "PITFALL_TOXIPROXY";

/// Toxiproxy's programs, to be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToxiproxyPrograms {
    /// `toxiproxy-server`.
    pub server: PathBuf,
    /// `toxiproxy-cli`.
    pub cli: PathBuf,
}

impl ToxiproxyPrograms {
    /// Finds both: in the folder that `PITFALL_TOXIPROXY` names, else in the cache, where `ci/setup` puts them.
    ///
    /// # Errors
    /// [`EnvironmentError::Missing`] says where they were looked for, and what to do; [`EnvironmentError::Cache`].
    pub fn find() -> Result<ToxiproxyPrograms, EnvironmentError> {
        let folder = match std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
            Some(folder) => absolute(PathBuf::from(folder)),
            None => cache::root()?.join(format!("toxiproxy-{VERSION}")),
        };
        Self::find_in(folder)
    }

    fn find_in(folder: PathBuf) -> Result<ToxiproxyPrograms, EnvironmentError> {
        let found =
            ToxiproxyPrograms { server: folder.join("toxiproxy-server"), cli: folder.join("toxiproxy-cli") };
        if found.server.is_file() && found.cli.is_file() {
            return Ok(found);
        }
        Err(EnvironmentError::Missing {
            what: "Toxiproxy (toxiproxy-server and toxiproxy-cli)".into(),
            looked: format!("{}; {VARIABLE} is another folder", folder.display()),
            remedy: format!("{SETUP} where there is Go"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_is_compiled() {
        let lib = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ci/lib.sh");
        let lib = std::fs::read_to_string(lib).expect("it stands in the repository");

        assert!(lib.contains(&format!("\ntoxiproxy_version={VERSION}\n")));
    }

    #[test]
    fn both_programs_are_needed() {
        let folder = tempfile::tempdir().expect("a directory");
        let find = || ToxiproxyPrograms::find_in(folder.path().to_owned());
        std::fs::write(folder.path().join("toxiproxy-server"), b"").expect("there is room");

        let error = find().expect_err("there is only one").to_string();
        std::fs::write(folder.path().join("toxiproxy-cli"), b"").expect("there is room");

        assert!(error.contains("PITFALL_TOXIPROXY is another folder"), "{error}");
        assert_eq!(find().expect("both are there").cli, folder.path().join("toxiproxy-cli"));
    }
}
