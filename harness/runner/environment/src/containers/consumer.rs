//! Containers of a run itself, beside its servers: consumers shipped as images.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use pitfall_warden::{Owner, Process, Spawn, Warden};

use super::docker::Docker;
use super::held::{Held, command, hold, until_said};
use super::spec::{Request, Spec, Until};
use crate::error::EnvironmentError;

/// A network for the containers of one run.
#[derive(Debug)]
pub struct RunNetwork {
    name: String,
    /// The host's address in it: what listens there can be reached by the containers.
    pub gateway: IpAddr,
    held: Held,
}

/// One container of a run.
#[derive(Clone, Debug)]
pub struct RunContainer {
    /// Its name within the run.
    pub name: String,
    /// `repository:tag`
    pub image: String,
    /// Arguments for the image's entrypoint; its own, if there are none.
    pub command: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Ports of its own, and where each is reached from this host.
    pub publish: Vec<(u16, SocketAddr)>,
}

impl RunNetwork {
    /// Makes a network that ends with `owner`.
    ///
    /// # Errors
    /// When Docker cannot be used.
    pub async fn start(warden: &Warden, owner: &Owner) -> Result<RunNetwork, EnvironmentError> {
        Docker::connect_and_check().await?;
        let held = hold(warden, owner, Vec::new()).await?;
        match held.gateway() {
            Some(gateway) => Ok(RunNetwork { name: held.network.clone(), gateway, held }),
            None => Err(EnvironmentError::Docker {
                tried: format!("use the network {}", held.network),
                why: "the host has no address in it".into(),
                remedy: "look at `docker network inspect bridge`".into(),
            }),
        }
    }

    /// Lets go of it before its owner ends: it is gone soon.
    ///
    /// # Errors
    /// When the warden is gone.
    pub async fn end(&self) -> Result<(), EnvironmentError> {
        self.held.end().await
    }

    /// What is to be spawned for a container: a process that starts it, passes on what it writes, ends with its exit code, and
    /// removes it when it is ended itself. Its files are made in `directory`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn spawn(&self, container: &RunContainer, directory: &Path) -> Result<Spawn, EnvironmentError> {
        let mut spec = Spec::new(&container.name, &container.image);
        spec.command.clone_from(&container.command);
        spec.env.clone_from(&container.env);
        spec.publish.clone_from(&container.publish);
        let request = Request {
            network: self.name.clone(),
            joins: true,
            containers: vec![spec],
            until: Until::Attached,
            answers: answers(&container.name, directory),
        };
        command(&request, &directory.join(format!("{}.container.json", container.name)))
    }

    /// Waits until a spawned container runs; the id of its first process, unless that has ended already.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn pid(
        &self,
        name: &str,
        holder: &Process,
        directory: &Path,
    ) -> Result<Option<i32>, EnvironmentError> {
        let answers = answers(name, directory);
        match until_said(holder, &answers, |said| said.running.contains_key(name)).await? {
            Ok(said) => Ok(said.running.get(name).map(|(_, pid)| *pid).filter(|pid| *pid != 0)),
            Err(seen) => Err(EnvironmentError::Docker {
                tried: format!("start container {name}"),
                why: seen,
                remedy: "`docker info` and the engine's log tell more".into(),
            }),
        }
    }
}

fn answers(name: &str, directory: &Path) -> PathBuf {
    directory.join(format!("{name}.container.jsonl"))
}
