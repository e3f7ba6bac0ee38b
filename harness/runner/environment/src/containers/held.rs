//! Asking for containers: a holder is spawned for them, and what it answers is awaited.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use pitfall_warden::{Output, Owner, Process, Signal, Spawn, Warden};

use super::container::ContainerId;
use super::docker::remedy;
use super::holder::{GRACE, arguments};
use super::spec::{Answer, Request, Spec, Until};
use crate::error::EnvironmentError;
use crate::server::{Runs, Server};
use crate::wait::{INTERVAL, tail};

/// An image may have to be pulled first.
const LIMIT: Duration = Duration::from_secs(300);

/// Containers that run, and the process that holds them.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its end is theirs.
    pub(crate) holder: Process,
    answers: Answers,
    /// Its name, and what stands before the names of all of them.
    pub(crate) network: String,
}

/// What a holder has said so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) gateway: Option<IpAddr>,
    pub(super) running: BTreeMap<String, (ContainerId, i32)>,
}

impl Held {
    /// A container.
    pub(crate) fn container(&self, name: &str) -> ContainerId {
        let running = self.answers.running.get(name).map(|(container, _)| container.clone());
        running.unwrap_or_else(|| ContainerId {
            id: String::new(),
            name: name.into(),
            holder: self.holder.pid(),
        })
    }

    /// A container, as a server that can be acted on.
    pub(crate) fn server(&self, name: &str, called: &str, hint: &str) -> Server {
        Server { name: called.into(), runs: Runs::Container(self.container(name)), remedy: hint.into() }
    }

    /// Lets go of all of them: they are removed soon, whoever waits for it.
    pub(crate) async fn end(&self) -> Result<(), EnvironmentError> {
        Ok(self.holder.signal(Signal::SIGTERM).await?)
    }

    /// What others in the network call it.
    pub(crate) fn host_name(&self, name: &str) -> String {
        format!("{}-{name}", self.network)
    }

    /// The host's address in the network.
    pub(crate) fn gateway(&self) -> Option<IpAddr> {
        self.answers.gateway
    }
}

/// Starts containers that end when `owner` does, or all together when one of them ends and they are shared.
pub(crate) async fn hold(
    warden: &Warden,
    owner: &Owner,
    containers: Vec<Spec>,
) -> Result<Held, EnvironmentError> {
    let until = if let Owner::Share(_) = owner { Until::AnyEnds } else { Until::Told };
    let directory = warden.scratch(owner.clone(), "containers").await?;
    let network = format!("pitfall-{}", crate::loopback::word());
    let names: Vec<String> = containers.iter().map(|spec| spec.name.clone()).collect();
    let answers = directory.join("answers.jsonl");
    let request =
        Request { network: network.clone(), joins: false, containers, until, answers: answers.clone() };
    let log = directory.join("holder.log");
    let mut spawn = command(&request, &directory.join("request.json"))?;
    spawn.owner = owner.clone();
    spawn.stdout = Output::File(log.clone());
    spawn.stderr = Output::File(log.clone());
    let holder = warden.spawn(spawn).await?;
    let has_all =
        |said: &Answers| said.gateway.is_some() && names.iter().all(|name| said.running.contains_key(name));
    match until_said(&holder, &answers, has_all).await? {
        Ok(answers) => Ok(Held { holder, answers, network }),
        Err(seen) => {
            let why = format!("{seen} of {} started; it wrote: {}", names.len(), tail(&log));
            holder.kill().await?;
            Err(lost(why))
        }
    }
}

/// The holder's command line, with its request written to this file.
pub(super) fn command(request: &Request, path: &Path) -> Result<Spawn, EnvironmentError> {
    std::fs::write(path, serde_json::to_string(request)?).map_err(|why| EnvironmentError::Data {
        server: "containers".into(),
        path: path.to_owned(),
        why: why.to_string(),
    })?;
    let mut spawn = Spawn::this_program("containers", arguments(path));
    spawn.grace = Some(GRACE);
    Ok(spawn)
}

/// Waits until the holder has said enough; else what was seen last.
pub(super) async fn until_said(
    holder: &Process,
    answers: &Path,
    is_enough: impl Fn(&Answers) -> bool,
) -> Result<Result<Answers, String>, EnvironmentError> {
    let deadline = Instant::now() + LIMIT;
    loop {
        // Before the answers are read: what it wrote before it ended is read then.
        let ended = holder.exit();
        let said = read(answers)?;
        if is_enough(&said) {
            return Ok(Ok(said));
        }
        let seen = format!("{} containers", said.running.len());
        if let Some(exit) = ended {
            return Ok(Err(format!("it ended with {exit}, with {seen}")));
        }
        if Instant::now() > deadline {
            return Ok(Err(format!("not done within {LIMIT:?}, with {seen}")));
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// What it has said so far.
fn read(answers: &Path) -> Result<Answers, EnvironmentError> {
    let text = std::fs::read_to_string(answers).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut said = Answers::default();
    for line in whole.lines() {
        match serde_json::from_str(line)? {
            Answer::Network { gateway } => said.gateway = gateway,
            Answer::Runs { name, container, pid } => {
                said.running.insert(name, (container, pid));
            }
            Answer::Failed { tried, why } => {
                return Err(EnvironmentError::Docker { tried, remedy: remedy(&why).into(), why });
            }
        }
    }
    Ok(said)
}

fn lost(why: String) -> EnvironmentError {
    EnvironmentError::Docker {
        tried: "start containers".into(),
        why: format!("their holder: {why}"),
        remedy: "`docker info` and the engine's log tell more".into(),
    }
}
