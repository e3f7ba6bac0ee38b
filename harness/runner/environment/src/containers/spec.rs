//! What a holder is asked for, and what it answers: JSON, written and read by the same program.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::container::ContainerId;

/// One container, as it is to be started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// What messages call it; with the network's name before it, its name for Docker and for others in the network.
    pub(crate) name: String,
    /// `repository:tag`
    pub(crate) image: String,
    /// In place of the image's own.
    pub(crate) entrypoint: Option<String>,
    /// In place of the image's own, if there is any.
    pub(crate) command: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Ports of its own, and where each is reached from this host.
    pub(crate) publish: Vec<(u16, SocketAddr)>,
    /// Shares the host's network instead of having one of the run's.
    pub(crate) on_host: bool,
    /// Is root in it, whatever user the image has.
    pub(crate) as_root: bool,
}

impl Spec {
    pub(crate) fn new(name: impl Into<String>, image: impl Into<String>) -> Spec {
        Spec {
            name: name.into(),
            image: image.into(),
            entrypoint: None,
            command: Vec::new(),
            env: Vec::new(),
            publish: Vec::new(),
            on_host: false,
            as_root: false,
        }
    }

    /// Runs this script, as root, instead of what the image would run.
    pub(crate) fn script(mut self, script: impl Into<String>) -> Spec {
        self.as_root = true;
        self.entrypoint = Some("sh".into());
        self.command = vec!["-c".into(), script.into()];
        self
    }
}

/// Containers that are started together, share a network and end together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) network: String,
    /// The network is another holder's.
    pub(super) joins: bool,
    pub(super) containers: Vec<Spec>,
    pub(super) until: Until,
    /// Where the holder writes what it has to say, a line each.
    pub(super) answers: PathBuf,
}

/// What else than its owner ends a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Until {
    /// Nothing.
    Told,
    /// The end of any of its containers: what is shared must be whole.
    AnyEnds,
    /// The end of its only container, whose output and exit code become its own.
    Attached,
}

/// A line of a holder's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The network is there; `gateway` is the host's address in it.
    Network { gateway: Option<IpAddr> },
    /// A container runs; `pid` is that of its first process on the engine's machine.
    Runs { name: String, container: ContainerId, pid: i32 },
    /// It could not be made so.
    Failed { tried: String, why: String },
}
