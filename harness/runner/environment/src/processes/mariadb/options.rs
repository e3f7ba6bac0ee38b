//! The servers' command lines: where their files are and where they listen, and the settings of every MariaDB.

use std::net::Ipv4Addr;
use std::path::Path;

use crate::databases::{Flavour, Role, options};

/// Names in a server's directory.
pub(super) const DATA: &str = "data";
pub(super) const LOG: &str = "server.log";
pub(super) const SQL_ERRORS: &str = "sql-errors.log";
/// In the data directory.
pub(super) const SOCKET: &str = "socket";

/// The command line of the server that makes the template: reachable by its socket only.
pub(super) fn for_template(directory: &Path) -> Vec<String> {
    let mut all = base(directory);
    all.push("--skip-networking".to_owned());
    all.extend(options::for_template(Flavour::MariaDb));
    all
}

/// The command line of a server.
pub(super) fn for_role(role: Role, directory: &Path, address: Ipv4Addr) -> Vec<String> {
    let mut all = base(directory);
    all.extend([
        format!("--bind-address={address}"),
        format!("--port={}", role.port()),
        format!("--sql-error-log-filename={}", directory.join(SQL_ERRORS).display()),
    ]);
    all.extend(options::for_role(Flavour::MariaDb, role));
    all
}

fn base(directory: &Path) -> Vec<String> {
    let mut options = vec!["--no-defaults".to_owned()];
    if nix::unistd::geteuid().is_root() {
        options.push("--user=root".to_owned());
    }
    options.extend([
        format!("--datadir={}", directory.join(DATA).display()),
        // In the data directory. A whole path could be too long for a socket.
        format!("--socket={SOCKET}"),
        format!("--pid-file={}", directory.join("pid").display()),
        // Temporary tables and files die with the scratch directory.
        format!("--tmpdir={}", directory.display()),
    ]);
    options
}
