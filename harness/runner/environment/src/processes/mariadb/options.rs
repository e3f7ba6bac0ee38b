//! The servers' command lines. No option file is read: what counts stands here.

use std::net::Ipv4Addr;
use std::path::Path;

use super::PORTS;

/// What one of the two is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role {
    /// In messages.
    pub(super) name: &'static str,
    /// Of its directory.
    pub(super) prefix: &'static str,
    pub(super) server_id: u32,
    pub(super) port: u16,
    own: &'static [&'static str],
}

pub(super) const SOURCE: Role =
    Role { name: "MariaDB source", prefix: "source", server_id: 1, port: PORTS[0], own: &[] };

pub(super) const REPLICA: Role = Role {
    name: "MariaDB replica",
    prefix: "replica",
    server_id: 2,
    port: PORTS[1],
    own: &[
        "--read-only=ON",
        // Its own binlog shows when a row arrived.
        "--log-slave-updates=ON",
        "--relay-log=relay",
        "--skip-slave-start",
        // A link that is silent for this long is taken for broken; longer than any lag a scenario makes.
        "--slave-net-timeout=20",
    ],
};

/// Names in a server's directory.
pub(super) const DATA: &str = "data";
pub(super) const LOG: &str = "server.log";
pub(super) const SQL_ERRORS: &str = "sql-errors.log";
/// In the data directory.
pub(super) const SOCKET: &str = "socket";

/// Also for the server that makes the template.
const COMMON: &[&str] = &[
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--skip-name-resolve",
    "--event-scheduler=OFF",
    "--performance-schema=OFF",
    // Small and quick. A killed server loses nothing by it (the kernel holds the pages); only a dead machine would.
    "--innodb-buffer-pool-size=64M",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-log-file-size=16M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=fsync",
    "--innodb-doublewrite=OFF",
    "--innodb-fast-shutdown=1",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=8M",
];

const SERVER: &[&str] = &[
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--binlog-row-image=FULL",
    // Column names and ENUM labels come with the events.
    "--binlog-row-metadata=FULL",
    // Compressed events cannot be read by who follows the binlog.
    "--log-bin-compress=OFF",
    "--sync-binlog=0",
    "--gtid-strict-mode=ON",
    "--max-connections=500",
    "--plugin-load-add=sql_errlog",
    "--loose-sql-error-log-with-db-and-thread-info=ON",
    // Failures only; never rotated away from who follows the file.
    "--loose-sql-error-log-warnings=OFF",
    "--sql-error-log-size-limit=9223372036854775807",
];

/// The command line of the server that makes the template: reachable by its socket only.
pub(super) fn for_template(directory: &Path) -> Vec<String> {
    let mut options = base(directory);
    options.extend(["--skip-networking", "--skip-log-bin"].map(str::to_owned));
    options
}

/// The command line of a server.
pub(super) fn for_role(role: Role, directory: &Path, address: Ipv4Addr) -> Vec<String> {
    let mut options = base(directory);
    options.extend([
        format!("--bind-address={address}"),
        format!("--port={}", role.port),
        format!("--server-id={}", role.server_id),
        format!("--sql-error-log-filename={}", directory.join(SQL_ERRORS).display()),
    ]);
    options.extend(SERVER.iter().chain(role.own).map(|option| (*option).to_owned()));
    options
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
    options.extend(COMMON.iter().map(|option| (*option).to_owned()));
    options
}
