//! The TCP connections that a process has.

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;

use procfs::ProcResult;
use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

/// A process's own address and the other side's.
pub(crate) type Connection = (SocketAddr, SocketAddr);

/// Those of this moment. None when the process ends meanwhile.
pub(crate) fn of(pid: i32) -> BTreeSet<Connection> {
    look(pid).unwrap_or_default()
}

fn look(pid: i32) -> ProcResult<BTreeSet<Connection>> {
    let process = Process::new(pid)?;
    let sockets: HashSet<u64> = process
        .fd()?
        .flatten()
        .filter_map(|fd| match fd.target {
            FDTarget::Socket(inode) => Some(inode),
            _ => None,
        })
        .collect();
    let all = process.tcp()?.into_iter().chain(process.tcp6()?);
    let own = all.filter(|entry| sockets.contains(&entry.inode) && entry.state != TcpState::Listen);
    Ok(own.map(|entry| (plain(entry.local_address), plain(entry.remote_address))).collect())
}

/// Java has IPv4 addresses on IPv6 sockets.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
