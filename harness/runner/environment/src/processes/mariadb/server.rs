//! Starting one server on a copy of the template.

use std::net::Ipv4Addr;
use std::path::Path;

use pitfall_warden::{Owner, Warden};

use super::options;
use crate::cache;
use crate::clock::Clock;
use crate::databases::{DatabaseServer, Role, SqlErrors};
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::processes::program::{self, Program, Spawned};
use crate::wait::Started;

/// Where and for whom servers are started.
#[derive(Clone, Copy)]
pub(super) struct Host<'a> {
    pub(super) warden: &'a Warden,
    pub(super) owner: &'a Owner,
    pub(super) installation: &'a Installation,
    pub(super) template: &'a Path,
    pub(super) address: Ipv4Addr,
    pub(super) clock: &'a Clock,
}

/// A server that answers queries.
pub(super) struct Running {
    pub(super) database: DatabaseServer,
    pub(super) started: Started,
}

pub(super) async fn start(host: &Host<'_>, role: Role) -> Result<Running, EnvironmentError> {
    let name = format!("MariaDB {}", role.name());
    let directory = host.warden.scratch(host.owner.clone(), role.name()).await?;
    let copied = cache::copy(&name, host.template.join(options::DATA), directory.join(options::DATA));
    host.clock.note(&format!("{name}: copy"), copied).await?;
    let options = options::for_role(role, &directory, host.address);
    let Spawned { server, started, .. } =
        spawn(host.warden, host.owner, host.installation, &name, &directory, options).await?;
    let database = DatabaseServer {
        address: (host.address, role.port()).into(),
        server,
        server_id: role.server_id(),
        sql_errors: SqlErrors::Log(directory.join(options::SQL_ERRORS)),
    };
    host.clock.note(&format!("{name}: process to ready"), database.ready(&started)).await?;
    Ok(Running { database, started })
}

/// Starts `mariadbd`; its output goes to its log.
pub(super) async fn spawn(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    name: &str,
    directory: &Path,
    options: Vec<String>,
) -> Result<Spawned, EnvironmentError> {
    let program = Program {
        name,
        path: &installation.mariadb.server,
        arguments: options,
        directory,
        log: options::LOG,
        templates: "mariadb-template",
    };
    program::spawn(warden, owner, program).await
}
