//! A server as a child process: Toxiproxy, or ours.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::api::Api;

/// Longer than anything takes on the slowest machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Killed when it is dropped.
pub(crate) struct Server {
    pub(crate) program: PathBuf,
    /// A loopback address that this server shares with nobody, for it and its proxies.
    pub(crate) host: Ipv4Addr,
    pub(crate) address: SocketAddr,
    pub(crate) api: Api,
    child: Child,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) async fn start(program: &Path, arguments: &[&str]) -> Self {
        let host = Ipv4Addr::from(0x7f00_0000 | rand::random_range(0x0001_0001..0x00ff_fffe));
        let address = free((host, 0).into());
        let mut command = Command::new(program);
        command.args(["--host", &host.to_string(), "--port", &address.port().to_string()]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let begun = Instant::now();
        while let Err(error) = TcpStream::connect(address).await {
            if let Some(exit) = child.try_wait().unwrap() {
                panic!("{} has ended: {exit}", program.display());
            }
            assert!(
                begun.elapsed() < LIMIT,
                "{} does not listen within {LIMIT:?}: {error}",
                program.display()
            );
            sleep(Duration::from_millis(5)).await;
        }
        Self { program: program.to_owned(), host, address, api: Api::at(address), child }
    }

    /// An address that nobody listens on.
    pub(crate) fn free(&self) -> SocketAddr {
        free((self.host, 0).into())
    }

    /// Sends it a signal; returns how it ended.
    pub(crate) async fn end_by(&mut self, signal: Signal) -> ExitStatus {
        kill(Pid::from_raw(self.child.id().unwrap().try_into().unwrap()), signal).unwrap();
        timeout(LIMIT, self.child.wait()).await.expect("it does not end").unwrap()
    }
}

/// An address that nobody listens on, or this one, if nobody does.
///
/// Nothing listens to find that out: another thread may be starting a process, which for a moment has our sockets too.
pub(crate) fn free(address: SocketAddr) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap_or_else(|error| panic!("{address} is not free: {error}"));
    socket.local_addr().unwrap()
}
