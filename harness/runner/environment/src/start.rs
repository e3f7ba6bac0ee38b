//! Starting environments: one for all test processes, and servers of one's own beside it.

use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use pitfall_warden::{Lease, Owner, Share, Warden};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::clock::Clock;
use crate::containers;
use crate::databases::DatabasePair;
use crate::error::EnvironmentError;
use crate::installation::Versions;
use crate::kafka::{KafkaCluster, KafkaServer};
use crate::processes;
use crate::timing::Part;
use crate::wait::INTERVAL;

/// A shared environment of which something has ended is cleared away within this.
const BROKEN: Duration = Duration::from_secs(60);

/// Why a replication link could not be opened.
pub type LinkError = Box<dyn std::error::Error + Send + Sync>;

/// Between what a replication link runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicationEnds {
    /// Both servers are on this host: a link on any loopback address joins them.
    Host {
        /// The source's address.
        source: SocketAddr,
    },
    /// Both are containers; beside them is a Toxiproxy server for a proxy between the two.
    Containers {
        /// Where the Toxiproxy server is driven from this host.
        toxiproxy: SocketAddr,
        /// Where the proxy must listen, as its server sees it.
        listen: String,
        /// Where the replica reaches the proxy.
        reached: String,
        /// The source, as proxy and replica see it.
        source: String,
    },
}

impl ReplicationEnds {
    /// The source's `host:port`, as the replica sees it.
    pub fn source(&self) -> String {
        match self {
            ReplicationEnds::Host { source } => source.to_string(),
            ReplicationEnds::Containers { source, .. } => source.clone(),
        }
    }
}

/// Opens the link that replication runs over: given who the servers belong to and what it is to join, answers with the
/// `host:port` that the replica must connect to. A link in front of shared servers must live as long as they.
pub type ReplicationLink<'a> =
    &'a (dyn Fn(Owner, ReplicationEnds) -> BoxFuture<'a, Result<String, LinkError>> + Send + Sync);

/// No link: the replica connects to the source itself.
pub fn direct(_: Owner, ends: ReplicationEnds) -> BoxFuture<'static, Result<String, LinkError>> {
    async move { Ok(ends.source()) }.boxed()
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
    async fn is_whole(&self) -> bool {
        let servers = [&self.kafka.server, &self.pair.source.server, &self.pair.replica.server];
        futures::future::join_all(servers.map(|server| server.is_running()))
            .await
            .into_iter()
            .all(|runs| runs)
    }
}

/// What servers run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Child processes of the warden, from what is installed.
    Processes,
    /// Containers, from images.
    Containers,
}

impl Environment {
    /// The variable that chooses it.
    pub const VARIABLE: &str = "PITFALL_ENVIRONMENT";

    /// The one that [`VARIABLE`](Environment::VARIABLE) names; processes, if it is not set.
    ///
    /// # Errors
    /// When it names something else.
    pub fn chosen() -> Result<Environment, EnvironmentError> {
        let value = std::env::var(Environment::VARIABLE).unwrap_or_default();
        match value.as_str() {
            "" | "processes" => Ok(Environment::Processes),
            "containers" => Ok(Environment::Containers),
            _ => Err(EnvironmentError::Unknown {
                variable: Environment::VARIABLE,
                value,
                known: "`processes` and `containers`",
            }),
        }
    }

    /// `processes` or `containers`
    pub fn name(self) -> &'static str {
        match self {
            Environment::Processes => "processes",
            Environment::Containers => "containers",
        }
    }

    /// The environment of all test processes of this user: starts it, or waits for the one who does. It lives until the warden
    /// has had no client for 300 ms: keep `warden` as long as it is used.
    ///
    /// # Errors
    /// When something is not installed, or a server does not come up; says what to do.
    pub async fn start_shared(
        self,
        warden: &Warden,
        progress: &(dyn Fn(&str) + Send + Sync),
        replication: ReplicationLink<'_>,
    ) -> Result<SharedEnvironment, EnvironmentError> {
        let clock = Clock::start();
        let key = self.share_key().await?;
        loop {
            let lease = match warden.share(&key).await? {
                Share::Start(lease) => lease,
                Share::Ready(json) => {
                    let environment: SharedEnvironment = serde_json::from_str(&json)?;
                    if environment.is_whole().await {
                        progress("using the environment that is up");
                        return Ok(environment);
                    }
                    // Whoever holds it has seen that, too, and is clearing up.
                    if clock.elapsed() > BROKEN {
                        return Err(EnvironmentError::Broken { limit: BROKEN });
                    }
                    tokio::time::sleep(INTERVAL).await;
                    continue;
                }
            };
            let environment = self.start_for_all(warden, lease, &clock, progress, replication).await?;
            return Ok(environment);
        }
    }

    async fn start_for_all(
        self,
        warden: &Warden,
        lease: Lease,
        clock: &Clock,
        progress: &(dyn Fn(&str) + Send + Sync),
        replication: ReplicationLink<'_>,
    ) -> Result<SharedEnvironment, EnvironmentError> {
        let owner = lease.owner();
        let (kafka, pair, versions) = match self {
            Environment::Processes => {
                processes::start_all(warden, &owner, clock, progress, replication).await?
            }
            Environment::Containers => {
                containers::start_all(warden, &owner, clock, progress, replication).await?
            }
        };
        let (ready_in, parts) = (clock.elapsed(), clock.parts());
        let environment = SharedEnvironment { kafka, pair, versions, ready_in, parts };
        lease.publish(&serde_json::to_string(&environment)?).await?;
        Ok(environment)
    }

    /// A broker of one's own, for a run that does something to it.
    ///
    /// # Errors
    /// As [`Environment::start_shared`].
    pub async fn start_kafka(self, warden: &Warden, owner: Owner) -> Result<KafkaServer, EnvironmentError> {
        match self {
            Environment::Processes => processes::start_kafka(warden, &owner).await,
            Environment::Containers => containers::start_kafka(warden, &owner).await,
        }
    }

    /// A cluster of so many brokers, at least one, and a controller of its own, for a run that does something to brokers.
    ///
    /// # Errors
    /// As [`Environment::start_shared`]; and where servers are containers.
    pub async fn start_cluster(
        self,
        warden: &Warden,
        owner: Owner,
        brokers: usize,
    ) -> Result<KafkaCluster, EnvironmentError> {
        match self {
            Environment::Processes => processes::start_cluster(warden, &owner, brokers.max(1)).await,
            Environment::Containers => Err(EnvironmentError::Unfit {
                what: "the environment".into(),
                found: "`containers`".into(),
                wanted: "`processes`, for a cluster of brokers,".into(),
                remedy: format!("set {}=processes", Environment::VARIABLE),
            }),
        }
    }

    /// A source–replica pair of one's own, for a run that bends replication.
    ///
    /// # Errors
    /// As [`Environment::start_shared`].
    pub async fn start_pair(
        self,
        warden: &Warden,
        owner: Owner,
        replication: ReplicationLink<'_>,
    ) -> Result<DatabasePair, EnvironmentError> {
        match self {
            Environment::Processes => processes::start_pair(warden, &owner, replication).await,
            Environment::Containers => containers::start_pair(warden, &owner, replication).await,
        }
    }

    /// Processes that would start the same thing share it.
    async fn share_key(self) -> Result<String, EnvironmentError> {
        let made_from = match self {
            Environment::Processes => processes::fingerprint().await?,
            Environment::Containers => containers::fingerprint().await?,
        };
        let key = cache::fingerprint(&[
            &cache::root()?.display().to_string(),
            &made_from,
            env!("CARGO_PKG_VERSION"),
            // What is published must be readable by the one who waits for it.
            include_str!("start.rs"),
            include_str!("server.rs"),
            include_str!("databases/pair.rs"),
            include_str!("kafka/mod.rs"),
            include_str!("installation/mod.rs"),
            include_str!("timing.rs"),
        ]);
        Ok(format!("{}-{key}", self.name()))
    }
}
