//! Builds a system under test, once for each process of ours.

use std::{collections::BTreeSet, path::Path, process::Stdio};

use pitfall_model::fill;
use tokio::{process::Command, sync::Mutex};

use crate::error::RunError;

/// Which folders' systems were built.
#[derive(Default)]
pub(crate) struct Builds(Mutex<BTreeSet<std::path::PathBuf>>);

impl Builds {
    /// Runs `command` in `folder`, unless it ran before. Others wait for it.
    pub(crate) async fn ensure(&self, folder: &Path, command: &[String], bin: &Path) -> Result<(), RunError> {
        let mut built = self.0.lock().await;
        if built.contains(folder) {
            return Ok(());
        }
        let filled: Vec<String> = command.iter().map(|word| profile(word, bin)).collect();
        if let [program, arguments @ ..] = filled.as_slice() {
            let mut build = Command::new(program);
            build.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
            let failed =
                |status: String| RunError::Build { command: filled.join(" "), folder: folder.into(), status };
            let status = build.status().await.map_err(|error| failed(error.to_string()))?;
            if !status.success() {
                return Err(failed(status.to_string()));
            }
        }
        built.insert(folder.to_owned());
        Ok(())
    }
}

/// `{profile}` is Cargo's profile of the binaries in `bin`: `target/debug` holds those of `dev`.
fn profile(word: &str, bin: &Path) -> String {
    let folder = bin.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    let name = if folder == "debug" { "dev" } else { folder };
    fill(word, |placeholder| match placeholder {
        "profile" => Some(name.to_owned()),
        "bin" => Some(bin.display().to_string()),
        _ => None,
    })
    .unwrap_or_else(|_| word.to_owned())
}
