//! Which sockets a process has: what tells its connections from others'.

use std::{collections::BTreeSet, net::SocketAddr};

use procfs::process::{FDTarget, Process};

/// The local addresses of the TCP sockets that the process group of `pid` has open. What cannot be read is left out: a
/// process may end at any moment.
pub(super) fn addresses(pid: i32) -> Vec<SocketAddr> {
    let Ok(leader) = Process::new(pid) else { return Vec::new() };
    let group = leader.stat().map_or(pid, |stat| stat.pgrp);
    let members = procfs::process::all_processes().into_iter().flatten().flatten();
    let inodes: BTreeSet<u64> = members
        .filter(|process| process.pid == pid || process.stat().is_ok_and(|stat| stat.pgrp == group))
        .flat_map(|process| process.fd().into_iter().flatten().flatten())
        .filter_map(|fd| match fd.target {
            FDTarget::Socket(inode) => Some(inode),
            _ => None,
        })
        .collect();
    // Those of its network namespace, which may be a container's.
    let sockets = [leader.tcp(), leader.tcp6()].into_iter().flatten().flatten();
    let own = sockets.filter(|socket| inodes.contains(&socket.inode));
    own.map(|socket| plain(socket.local_address)).collect()
}

/// An IPv4 address that a socket for both families writes as IPv6.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_sockets_of_this_process_are_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let own = addresses(i32::try_from(std::process::id()).unwrap());
        assert!(own.contains(&client.local_addr().unwrap()), "{own:?}");
        let closed = client.local_addr().unwrap();
        drop(client);
        assert!(!addresses(i32::try_from(std::process::id()).unwrap()).contains(&closed));
    }
}
