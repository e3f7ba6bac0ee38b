//! MariaDB: a source, and a replica that follows it.

mod options;
mod server;
mod template;

use std::net::Ipv4Addr;

use pitfall_warden::{Owner, Warden};

use crate::clock::Clock;
use crate::databases::{DatabasePair, Flavour, Role, replication, users};
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::start::{ReplicationEnds, ReplicationLink};

pub(crate) use template::fingerprint;

/// Starts both at once, then replication over the link; returns when a change has arrived.
pub(crate) async fn start(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    address: Ipv4Addr,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
    link: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let template = clock.note("MariaDB: template", template::get(warden, installation, progress)).await?;
    progress("starting MariaDB");
    let host = server::Host { warden, owner, installation, template: &template, address, clock };
    let (source, replica) =
        futures::try_join!(server::start(&host, Role::Source), server::start(&host, Role::Replica))?;
    let ends = ReplicationEnds::Host { source: source.database.address };
    let replication_link = link(owner.clone(), ends.clone())
        .await
        .map_err(|error| EnvironmentError::Link { source_address: ends.source(), why: error.to_string() })?;
    let pair = DatabasePair {
        source: source.database,
        replica: replica.database,
        replication_link,
        harness: users::harness(),
        application: users::application(),
        flavour: Flavour::MariaDb,
        version: installation.mariadb.version.clone(),
    };
    clock.note("MariaDB: replication", replication::start(&pair, &replica.started)).await?;
    Ok(pair)
}
