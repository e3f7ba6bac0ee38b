//! The data directory that every server starts from: system tables and the two users.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use pitfall_warden::{Exit, Owner, Warden};

use super::{options, server};
use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::pair::Credentials;
use crate::processes::program::{self, Program};

const LIMIT: Duration = Duration::from_secs(60);

/// The system under test gets no SUPER and no READ_ONLY ADMIN: the replica refuses its writes.
const USERS: &[&str] = &[
    "DELETE FROM mysql.global_priv WHERE User = ''",
    "FLUSH PRIVILEGES",
    "CREATE USER pitfall@'%' IDENTIFIED BY 'pitfall'",
    "GRANT ALL ON *.* TO pitfall@'%' WITH GRANT OPTION",
    "CREATE USER app@'%' IDENTIFIED BY 'app'",
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, TRIGGER, \
     CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, CREATE TEMPORARY TABLES, PROCESS ON *.* TO app@'%'",
];

pub(super) fn harness() -> Credentials {
    Credentials { user: "pitfall".into(), password: "pitfall".into() }
}

pub(super) fn application() -> Credentials {
    Credentials { user: "app".into(), password: "app".into() }
}

/// What the template depends on; with the options of the servers, so that processes that share one agree on them.
pub(crate) fn fingerprint(installation: &Installation) -> String {
    let nowhere = Path::new("");
    let options = [
        options::for_template(nowhere),
        options::for_role(options::SOURCE, nowhere, std::net::Ipv4Addr::UNSPECIFIED),
        options::for_role(options::REPLICA, nowhere, std::net::Ipv4Addr::UNSPECIFIED),
    ];
    let program = installation.mariadb.server.display().to_string();
    cache::fingerprint(&[
        &installation.mariadb.version,
        &program,
        &USERS.join(";"),
        &options.concat().join(" "),
    ])
}

/// The template's directory; makes it if it is not there.
pub(super) async fn get(
    warden: &Warden,
    installation: &Installation,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<PathBuf, EnvironmentError> {
    let name = format!("mariadb-template-{}-{}", installation.mariadb.version, fingerprint(installation));
    cache::get_or_build(&name, |directory| async move {
        progress("preparing MariaDB's data directory (once, about 5 s)");
        install(warden, installation, &directory).await?;
        add_users(warden, installation, &directory).await
    })
    .await
}

async fn install(
    warden: &Warden,
    installation: &Installation,
    directory: &Path,
) -> Result<(), EnvironmentError> {
    // Without `--user=root`: it would make the script change owners, and that fails where a path has a blank.
    let arguments = options::for_template(directory)
        .into_iter()
        .filter(|option| {
            ["--no-defaults", "--datadir=", "--innodb-log"].iter().any(|own| option.starts_with(own))
        })
        .chain(
            ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
                .map(str::to_owned),
        )
        .collect();
    let program = Program {
        name: "mariadb-install-db",
        path: &installation.mariadb.install_db,
        arguments,
        directory,
        log: "install.log",
        templates: "mariadb-template",
    };
    let tool = program::spawn(warden, &Owner::Client, program).await?;
    tool.ends("a data directory", Exit::Code(0), LIMIT).await
}

async fn add_users(
    warden: &Warden,
    installation: &Installation,
    directory: &Path,
) -> Result<(), EnvironmentError> {
    let options = options::for_template(directory);
    let server = server::spawn(warden, &Owner::Client, installation, "MariaDB", directory, options).await?;
    // The path of a socket may have 107 bytes, and that of a cache more.
    let data = directory.join(options::DATA);
    let opened = File::open(&data).map_err(|error| cache::fault(&data, error))?;
    let socket = format!("/proc/self/fd/{}/{}", opened.as_raw_fd(), options::SOCKET);
    let mut connection = server.until("an answer on its socket", LIMIT, || connect(&socket)).await?;
    for statement in USERS.iter().copied().chain(["SHUTDOWN"]) {
        connection.query_drop(statement).await.map_err(|source| EnvironmentError::Database {
            tried: statement.to_owned(),
            on: "the server that makes the template".into(),
            source: Box::new(source),
        })?;
    }
    server.ends("its orderly end", Exit::Code(0), LIMIT).await
}

async fn connect(socket: &str) -> Result<Conn, String> {
    let options = OptsBuilder::default()
        .socket(Some(socket))
        .user(Some("root"))
        .max_allowed_packet(Some(16 * 1024 * 1024))
        .wait_timeout(Some(28_800));
    Conn::new(options).await.map_err(|error| error.to_string())
}
