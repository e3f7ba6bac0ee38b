//! MariaDB: a source, and a replica that follows it.

mod options;
mod replication;
mod server;
mod template;

use std::net::Ipv4Addr;

use pitfall_warden::{Owner, Warden};

use super::Clock;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::pair::DatabasePair;
use crate::shared::ReplicationLink;

pub(crate) use template::fingerprint;

/// The source's, the replica's. Not 3306, for the same reason as Kafka's.
pub(crate) const PORTS: [u16; 2] = [21306, 21307];

/// Starts both at once, then replication over the link; returns when a change has arrived.
pub(crate) async fn start(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    address: Ipv4Addr,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
    replication: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let template = clock.note("MariaDB: template", template::get(warden, installation, progress)).await?;
    progress("starting MariaDB");
    let host = server::Host { warden, owner, installation, template: &template, address, clock };
    let (source, replica) =
        futures::try_join!(server::start(&host, options::SOURCE), server::start(&host, options::REPLICA))?;
    let address = source.database.address;
    let replication_link = replication(owner.clone(), address)
        .await
        .map_err(|error| EnvironmentError::Link { source_address: address, why: error.to_string() })?;
    let pair = DatabasePair {
        source: source.database,
        replica: replica.database,
        replication_link,
        harness: template::harness(),
        application: template::application(),
        version: installation.mariadb.version.clone(),
    };
    clock.note("MariaDB: replication", replication::start(&pair, &replica.started)).await?;
    Ok(pair)
}
