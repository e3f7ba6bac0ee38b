//! Starting environments: one for all test processes, and pairs of one's own beside it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use pitfall_warden::{Owner, Process, Share, Warden};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::{Installation, Versions};
use crate::loopback;
use crate::pair::DatabasePair;
use crate::processes::{self, Clock, KafkaServer};
use crate::timing::Part;

/// Why a replication link could not be opened.
pub type LinkError = Box<dyn std::error::Error + Send + Sync>;

/// Opens the link that replication runs over: given who the servers belong to and the source's address, answers with the
/// one the replica must connect to. A link in front of shared servers must live as long as they: a process of their owner.
pub type ReplicationLink<'a> =
    &'a (dyn Fn(Owner, SocketAddr) -> BoxFuture<'a, Result<SocketAddr, LinkError>> + Send + Sync);

/// No link: the replica connects to the source itself.
pub fn direct(_: Owner, source: SocketAddr) -> BoxFuture<'static, Result<SocketAddr, LinkError>> {
    async move { Ok(source) }.boxed()
}

/// Kafka and a source–replica pair, ready to be used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SharedEnvironment {
    /// The broker.
    pub kafka: KafkaServer,
    /// The databases.
    pub pair: DatabasePair,
    /// What runs.
    pub versions: Versions,
    /// From nothing to ready, when it was started.
    pub ready_in: Duration,
    /// What took how long.
    pub parts: Vec<Part>,
}

impl SharedEnvironment {
    /// Handles to Kafka, the source and the replica, with their names: to see that one of them died.
    ///
    /// # Errors
    /// When this warden did not start them.
    pub async fn processes(&self, warden: &Warden) -> Result<Vec<(&'static str, Process)>, EnvironmentError> {
        Ok(vec![
            ("Kafka", warden.attach(self.kafka.pid).await?),
            ("the source", warden.attach(self.pair.source.pid).await?),
            ("the replica", warden.attach(self.pair.replica.pid).await?),
        ])
    }
}

/// The environment of all test processes of this user: starts it, or waits for the one who does. It lives until the warden
/// has had no client for 300 ms: keep `warden` as long as it is used.
///
/// # Errors
/// When something is not installed, or a server does not come up; says what to do.
pub async fn start_shared(
    warden: &Warden,
    progress: &(dyn Fn(&str) + Send + Sync),
    replication: ReplicationLink<'_>,
) -> Result<SharedEnvironment, EnvironmentError> {
    let clock = Clock::start();
    let installation = installation().await?;
    match warden.share(&share_key(&installation)?).await? {
        Share::Ready(json) => {
            progress("using the environment that is up");
            Ok(serde_json::from_str(&json)?)
        }
        Share::Start(lease) => {
            let environment =
                start_all(warden, &lease.owner(), &installation, &clock, progress, replication).await?;
            lease.publish(&serde_json::to_string(&environment)?).await?;
            Ok(environment)
        }
    }
}

/// A source–replica pair of one's own, for a run that bends replication.
///
/// # Errors
/// As [`start_shared`].
pub async fn start_pair(
    warden: &Warden,
    owner: Owner,
    replication: ReplicationLink<'_>,
) -> Result<DatabasePair, EnvironmentError> {
    let installation = installation().await?;
    let address = loopback::draw(&processes::mariadb::PORTS)?;
    processes::mariadb::start(warden, &owner, &installation, address, &Clock::start(), &|_| {}, replication)
        .await
}

async fn start_all(
    warden: &Warden,
    owner: &Owner,
    installation: &Installation,
    clock: &Clock,
    progress: &(dyn Fn(&str) + Send + Sync),
    replication: ReplicationLink<'_>,
) -> Result<SharedEnvironment, EnvironmentError> {
    let ports = [processes::kafka::PORTS, &processes::mariadb::PORTS].concat();
    let address = loopback::draw(&ports)?;
    let (kafka, pair) = futures::try_join!(
        processes::kafka::start(warden, owner, installation, address, clock, progress),
        processes::mariadb::start(warden, owner, installation, address, clock, progress, replication),
    )?;
    Ok(SharedEnvironment {
        kafka,
        pair,
        versions: installation.versions(),
        ready_in: clock.elapsed(),
        parts: clock.parts(),
    })
}

/// Looking for programs reads files and asks one for its version: off the runtime's threads.
async fn installation() -> Result<Installation, EnvironmentError> {
    let started = Instant::now();
    tokio::task::spawn_blocking(Installation::find).await.map_err(|error| {
        cache::fault(
            &std::env::temp_dir(),
            format!("looking for servers, after {:?}: {error}", started.elapsed()),
        )
    })?
}

/// Processes that would start the same thing share it.
fn share_key(installation: &Installation) -> Result<String, EnvironmentError> {
    let root = cache::root()?;
    let key = cache::fingerprint(&[
        &root.display().to_string(),
        &processes::kafka::fingerprint(installation),
        &processes::mariadb::fingerprint(installation),
        env!("CARGO_PKG_VERSION"),
        // What is published must be readable by the one who waits for it.
        include_str!("shared.rs"),
        include_str!("pair.rs"),
        include_str!("processes/kafka/mod.rs"),
        include_str!("installation/mod.rs"),
        include_str!("timing.rs"),
    ]);
    Ok(format!("environment-{key}"))
}
