//! Starting one server on a copy of the template.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use pitfall_warden::{Owner, Warden};

use super::options::{self, Role};
use super::template;
use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::pair::DatabaseServer;
use crate::processes::Clock;
use crate::processes::program::{self, Program};
use crate::wait::Started;

const LIMIT: Duration = Duration::from_secs(60);

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
    let directory = host.warden.scratch(host.owner.clone(), role.prefix).await?;
    let copied = cache::copy(role.name, host.template.join(options::DATA), directory.join(options::DATA));
    host.clock.note(&format!("{}: copy", role.name), copied).await?;
    let options = options::for_role(role, &directory, host.address);
    let started = spawn(host.warden, host.owner, host.installation, role.name, &directory, options).await?;
    let database = DatabaseServer {
        address: (host.address, role.port).into(),
        pid: started.process.pid(),
        server_id: role.server_id,
        log: started.log.clone(),
        sql_errors: directory.join(options::SQL_ERRORS),
    };
    let ready = started.until("an answer to a query", LIMIT, || answers(&database));
    host.clock.note(&format!("{}: process to ready", role.name), ready).await?;
    Ok(Running { database, started })
}

async fn answers(database: &DatabaseServer) -> Result<(), String> {
    let mut connection = database.connect(&template::harness()).await.map_err(|error| error.to_string())?;
    connection.query_drop("SELECT 1").await.map_err(|error| error.to_string())?;
    connection.disconnect().await.map_err(|error| error.to_string())
}

/// Starts `mariadbd`; its output goes to its log.
pub(super) async fn spawn(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    name: &str,
    directory: &Path,
    options: Vec<String>,
) -> Result<Started, EnvironmentError> {
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
