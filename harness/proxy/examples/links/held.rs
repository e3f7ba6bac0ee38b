//! A link in a process of its own, like Toxiproxy: this program, started again.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pitfall_proxy::{Link, LinkConfig, LinkEvent, Protocol};
use procfs::process::{ClearRefs, Process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::Failure;

/// The argument that makes this program a link.
pub(crate) const SERVE: &str = "--serve";
const LIMIT: Duration = Duration::from_secs(30);

/// A link in a process of its own, which ends with this one.
pub(crate) struct Held {
    pub(crate) address: SocketAddr,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Held {
    /// Opens a link of this protocol (`tcp` or `kafka`).
    pub(crate) async fn open(protocol: &str, upstream: SocketAddr) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([SERVE, protocol, &upstream.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().ok_or("a link's process without output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = timeout(LIMIT, lines.next_line()).await??.ok_or("a link's process has ended early")?;
        Ok(Self { address: address.parse()?, child, lines })
    }

    /// The memory that its process has in use, and the most it had since the last [`Held::forget_peak`]; in KiB.
    pub(crate) fn resident(&self) -> Result<(u64, u64), Failure> {
        let status = process(self.pid()?)?.status()?;
        Ok(status.vmrss.zip(status.vmhwm).ok_or("a link's process has ended")?)
    }

    /// Starts its peak anew.
    pub(crate) fn forget_peak(&self) -> Result<(), Failure> {
        Ok(process(self.pid()?)?.clear_refs(ClearRefs::PeakRSS)?)
    }

    /// The processor time that its process has used.
    pub(crate) fn used(&self) -> Result<Duration, Failure> {
        used(self.pid()?)
    }

    /// Closes it; says how much of the protocol it told. Fails if it has been blind.
    pub(crate) async fn close(mut self) -> Result<u64, Failure> {
        drop(self.child.stdin.take());
        let told = timeout(LIMIT, self.lines.next_line()).await??.unwrap_or_default();
        timeout(LIMIT, self.child.wait()).await??;
        told.parse().map_err(|_| format!("a link did not read what passed: {told}").into())
    }

    fn pid(&self) -> Result<u32, Failure> {
        Ok(self.child.id().ok_or("a link's process has ended")?)
    }
}

/// The processor time that a process has used.
pub(crate) fn used(pid: u32) -> Result<Duration, Failure> {
    let stat = process(pid)?.stat()?;
    Ok(Duration::from_millis((stat.utime + stat.stime) * 1000 / procfs::ticks_per_second()))
}

fn process(pid: u32) -> Result<Process, Failure> {
    Ok(Process::new(i32::try_from(pid)?)?)
}

/// Is such a process, until its standard input ends.
pub(crate) async fn serve(protocol: &str, upstream: &str) -> Result<(), Failure> {
    let config = LinkConfig {
        name: "client->server".into(),
        listen: "127.0.0.1:0".parse()?,
        upstream: upstream.parse()?,
        protocol: if protocol == "kafka" { Protocol::Kafka } else { Protocol::Tcp },
        seed: 1,
        strict: false,
    };
    let told = Arc::new((AtomicU64::new(0), std::sync::OnceLock::new()));
    let telling = told.clone();
    let observer = move |event| match event {
        LinkEvent::Read { .. } => drop(telling.0.fetch_add(1, Ordering::Relaxed)),
        LinkEvent::Blind { reason, .. } => drop(telling.1.set(reason)),
        _ => {}
    };
    let link = Link::open(config, Arc::new(observer)).await?;
    println!("{}", link.address());
    tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
    link.close().await;
    match told.1.get() {
        None => println!("{}", told.0.load(Ordering::Relaxed)),
        Some(reason) => println!("blind: {reason}"),
    }
    Ok(())
}
