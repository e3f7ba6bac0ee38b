//! The real program as a child process.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    process::{Output, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pitfall_platform::{Config, Ports, VARIABLE};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::world::LIMIT;

/// Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    ports: Ports,
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pitfall-platform"));
    command.env_remove(VARIABLE).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs it to its end, with an argument or a value of its variable.
pub(crate) async fn run(argument: Option<&str>, value: Option<&str>) -> Output {
    let mut command = command();
    command.args(argument).envs(value.map(|value| (VARIABLE, value)));
    timeout(LIMIT, command.output()).await.unwrap().unwrap()
}

impl Program {
    pub(crate) async fn start(config: &Config) -> Self {
        let mut child = command().envs([config.to_env()]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        timeout(LIMIT, stdout.read_line(&mut line)).await.unwrap().unwrap();
        Self { child, ports: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn control(&self) -> SocketAddr {
        at(self.ports.control)
    }

    pub(crate) fn links(&self) -> BTreeMap<String, SocketAddr> {
        self.ports.links.iter().map(|(link, port)| (link.clone(), at(*port))).collect()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().unwrap().try_into().unwrap()), signal).unwrap();
    }

    /// Sends it a signal; returns how it ended.
    pub(crate) async fn end_by(&mut self, signal: Signal) -> std::process::ExitStatus {
        self.signal(signal);
        timeout(LIMIT, self.child.wait()).await.unwrap().unwrap()
    }
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
