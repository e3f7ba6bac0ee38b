//! Starting a program of a server: its output goes to a log, and none of the user's settings reaches it.

use std::path::Path;

use pitfall_warden::{Output, Owner, Process, Spawn, Warden};

use crate::cache;
use crate::error::EnvironmentError;
use crate::server::{Runs, Server};
use crate::wait::{Life, Started};

/// What is started, and where.
pub(super) struct Program<'a> {
    /// What errors call it.
    pub(super) name: &'a str,
    pub(super) path: &'a Path,
    pub(super) arguments: Vec<String>,
    /// Works there.
    pub(super) directory: &'a Path,
    /// The name of its log in `directory`.
    pub(super) log: &'a str,
    /// How the names of the templates begin that may be at fault when it does not come up.
    pub(super) templates: &'a str,
}

/// A program that runs.
pub(super) struct Spawned {
    /// To be acted on later.
    pub(super) server: Server,
    /// To be waited for now.
    pub(super) started: Started,
    pub(super) process: Process,
}

pub(super) async fn spawn(
    warden: &Warden,
    owner: &Owner,
    program: Program<'_>,
) -> Result<Spawned, EnvironmentError> {
    let log = program.directory.join(program.log);
    let remedy = format!("if this recurs, make the caches anew: {}", cache::removal(program.templates)?);
    let mut command = Spawn::new(program.name, program.path.display().to_string());
    command.args = program.arguments;
    command.env = environment();
    command.cwd = Some(program.directory.to_owned());
    command.stdout = Output::File(log.clone());
    command.stderr = Output::File(log.clone());
    command.owner = owner.clone();
    let process = warden.spawn(command.clone()).await?;
    let name = program.name.to_owned();
    let life = Life::Process { process: process.clone(), log: log.clone() };
    let started = Started { name: name.clone(), life, remedy: remedy.clone() };
    let runs = Runs::Process { pid: process.pid(), log, spawn: Box::new(command) };
    Ok(Spawned { server: Server { name, runs, remedy }, started, process })
}

/// Little, so that none of the user's settings (`JAVA_TOOL_OPTIONS`, `MYSQL_HOME`) leaks in.
fn environment() -> Vec<(String, String)> {
    let mut environment = vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())];
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
        if let Ok(value) = std::env::var(name) {
            environment.push((name.to_owned(), value));
        }
    }
    environment
}
