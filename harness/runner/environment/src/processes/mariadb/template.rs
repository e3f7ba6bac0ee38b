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
use crate::databases::{Flavour, Role, users};
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::processes::program::{self, Program};

const LIMIT: Duration = Duration::from_secs(60);

/// What the template depends on; with the options of the servers, so that processes that share one agree on them.
pub(crate) fn fingerprint(installation: &Installation) -> String {
    let nowhere = Path::new("");
    let options = [
        options::for_template(nowhere),
        options::for_role(Role::Source, nowhere, std::net::Ipv4Addr::UNSPECIFIED),
        options::for_role(Role::Replica, nowhere, std::net::Ipv4Addr::UNSPECIFIED),
    ];
    let program = installation.mariadb.server.display().to_string();
    cache::fingerprint(&[
        &installation.mariadb.version,
        &program,
        &users::statements(Flavour::MariaDb).join(";"),
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
    tool.started.ends("a data directory", Exit::Code(0), LIMIT).await
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
    let mut connection = server.started.until("an answer on its socket", LIMIT, || connect(&socket)).await?;
    for statement in users::statements(Flavour::MariaDb).into_iter().chain(["SHUTDOWN"]) {
        connection.query_drop(statement).await.map_err(|source| EnvironmentError::Database {
            tried: statement.to_owned(),
            on: "the server that makes the template".into(),
            source: Box::new(source),
        })?;
    }
    server.started.ends("its orderly end", Exit::Code(0), LIMIT).await
}

async fn connect(socket: &str) -> Result<Conn, String> {
    let options = OptsBuilder::default()
        .socket(Some(socket))
        .user(Some("root"))
        .max_allowed_packet(Some(16 * 1024 * 1024))
        .wait_timeout(Some(28_800));
    Conn::new(options).await.map_err(|error| error.to_string())
}
