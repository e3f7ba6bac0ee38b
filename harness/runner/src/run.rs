//! One run: from plan to a finished history.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use pitfall_environment::{DatabasePair, Environment, KafkaServer, RunNetwork};
use pitfall_model::{Place, Plan, PlannedLink, Target, Topic, What};
use pitfall_platform::Platform;
use pitfall_proxy::{KafkaBrokers, Protocol};
use pitfall_recorder::Recorder;
use pitfall_warden::{Owner, Warden};
use tokio::sync::watch;

use crate::{
    broker::Broker,
    cluster::Cluster,
    database::Database,
    error::RunError,
    faults::{Faults, Reach},
    links::Links,
    names::Names,
    platform, settle,
    system::{NotStarted, System},
    taps::Taps,
    triggers::Acted,
    values::Values,
    wait,
    workload::Workload,
};

/// The replica must have the run's databases within this.
const REPLICATED: Duration = Duration::from_secs(30);

/// The mocked platform must have told everything within this when the run ends.
const CAUGHT_UP: Duration = Duration::from_secs(30);

/// What a run is made with.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) environment: Environment,
    pub(crate) names: &'a Names,
    pub(crate) seed: u64,
    pub(crate) folder: &'a Path,
    pub(crate) bin: &'a Path,
    pub(crate) warden: &'a Warden,
    /// The shared one, or those of the run's own cluster by node id.
    pub(crate) brokers: &'a [KafkaServer],
    pub(crate) cluster: Option<Arc<Cluster>>,
    pub(crate) pair: &'a DatabasePair,
    pub(crate) links: Links,
    /// Told how many events the faults have acted on: what links hold for them waits for that.
    pub(crate) acted: watch::Sender<Acted>,
    pub(crate) recorder: Recorder,
}

impl Run<'_> {
    /// Makes the plan real; returns when the history is complete. Everything it made is gone again, save the run directory.
    pub(crate) async fn make(mut self) -> Result<(), RunError> {
        let (plan, recorder) = (self.plan, self.recorder.clone());
        let broker = Broker::connect(self.brokers)?;
        let topics: Vec<(String, Topic)> =
            plan.topics.iter().map(|(name, topic)| (self.names.on_kafka(name), topic.clone())).collect();
        let there: Vec<_> = topics.iter().filter(|(_, topic)| topic.partitions > 0).cloned().collect();
        broker.create(&there).await?;
        self.databases().await?;
        let taps = Taps::start(plan, self.names, self.pair, broker.bootstrap(), &recorder).await?;
        let (mut platform, in_container) = platform::start(&self).await?;
        let network = self.network().await?;
        let listens = self.listens();
        let values = self.values(&mut platform, &listens, network.as_ref()).await?;
        let links = Arc::new(self.links);
        let system = Arc::new(System {
            plan: plan.clone(),
            names: self.names.clone(),
            values,
            listens,
            network,
            recorder: recorder.clone(),
            warden: self.warden.clone(),
            broker: broker.clone(),
            folder: self.folder.to_owned(),
            running: Default::default(),
        });
        let reach = Reach {
            links: Arc::clone(&links),
            system: Arc::clone(&system),
            slow: platform.slow(),
            cluster: self.cluster.clone(),
            acted: self.acted,
        };
        let faults = Faults::start(&plan.faults, recorder.clone(), reach).await?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build();
        let client = client.map_err(|error| RunError::server("make an HTTP client")(error.into()))?;
        let workload = Workload {
            plan,
            system: &system,
            recorder: &recorder,
            faults: &faults,
            topics: &taps.topics,
            pair: self.pair,
            seed: self.seed,
            client,
        };
        let outcome = match workload.run().await {
            Ok(()) => Ok(settle::settled(&plan.settle, &recorder, &system).await),
            Err(NotStarted::NotReady(not_met)) => Ok(not_met.0),
            Err(NotStarted::Failed(error)) => Err(error),
        };
        if let Ok(reason) = &outcome {
            faults.conclude().await;
            taps.catch_up(&recorder).await;
            if let Err(error) = platform.caught_up(CAUGHT_UP).await {
                let reason = error.to_string();
                recorder.record(Place::link("mocked platform", None), What::Blind { reason });
            }
            recorder.record(Place::default(), What::Ended { reason: reason.clone() });
        }
        // Beyond the end nothing is recorded: what follows is clearing up, whatever the outcome.
        let cleared =
            [recorder.close().await.map_err(RunError::from), system.kill().await, faults.heal().await];
        taps.stop().await;
        if let Ok(mut links) = Arc::try_unwrap(links) {
            links.close().await;
        }
        let names: Vec<&str> = topics.iter().map(|(name, _)| name.as_str()).collect();
        // With a cluster of its own they are gone anyway.
        if self.cluster.is_none() {
            broker.delete(&names).await;
        }
        let source = Database::of(&self.pair.source, &self.pair.harness);
        source.remove(&plan.databases.keys().map(|name| self.names.on_mysql(name)).collect::<Vec<_>>()).await;
        if let Some(container) = in_container {
            container.end().await?;
        }
        if let Some(network) = &system.network {
            network.end().await?;
        }
        outcome?;
        cleared.into_iter().collect()
    }

    /// Makes the databases, and waits until the replica has them too.
    async fn databases(&self) -> Result<(), RunError> {
        let (source, replica) = (
            Database::of(&self.pair.source, &self.pair.harness),
            Database::of(&self.pair.replica, &self.pair.harness),
        );
        for (name, database) in &self.plan.databases {
            let real = self.names.on_mysql(name);
            source.create(&real, &self.plan.folder.join(&database.schema)).await?;
            let there =
                wait::probe(&self.recorder, &format!("database {name} on the replica"), REPLICATED, || {
                    replica.has(&real)
                })
                .await;
            there.map_err(|not_met| RunError::server("replicate the databases")(not_met.0.into()))?;
        }
        Ok(())
    }

    /// A network for the roles that are containers, if there are any.
    async fn network(&self) -> Result<Option<RunNetwork>, RunError> {
        if self.plan.roles.values().all(|role| role.image.is_none()) {
            return Ok(None);
        }
        Ok(Some(RunNetwork::start(self.warden, &Owner::Client).await?))
    }

    /// An address for each role that serves.
    fn listens(&self) -> BTreeMap<String, SocketAddr> {
        let serving = self.plan.roles.iter().filter(|(_, role)| role.serves.is_some());
        let first_port = 8080_u16;
        serving
            .zip(first_port..)
            .map(|((name, _), port)| (name.clone(), SocketAddr::new(self.names.address, port)))
            .collect()
    }

    /// Opens every planned link and gives every placeholder its value.
    async fn values(
        &mut self,
        platform: &mut Platform,
        listens: &BTreeMap<String, SocketAddr>,
        network: Option<&RunNetwork>,
    ) -> Result<Values, RunError> {
        let is_container = |role: &str| self.plan.roles.get(role).is_some_and(|role| role.image.is_some());
        let mut values = Values::new(self.plan, self.names, self.seed, self.bin);
        let login = &self.pair.application;
        for (role, address) in listens {
            let address = *address;
            // In its container it is alone.
            let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()));
            values.listen(role, if is_container(role) { everywhere } else { address });
        }
        for link in &self.plan.links {
            let served =
                |name: &str| self.plan.roles.iter().find(|(_, role)| role.serves.as_deref() == Some(name));
            let at =
                network.filter(|_| is_container(&link.role)).map_or(self.names.address, |net| net.gateway);
            let (upstream, protocol) = match &link.target {
                Target::Kafka => {
                    let bootstrap = self.open_kafka(at, link).await?;
                    values.link(&link.role, &link.target, &bootstrap, login);
                    continue;
                }
                Target::MysqlSource => (Some(self.pair.source.address), Protocol::Mysql),
                Target::MysqlReplica => (Some(self.pair.replica.address), Protocol::Mysql),
                Target::Platform | Target::Alerts => {
                    (Some(platform.serve(&link.name()).await?), Protocol::Http)
                }
                Target::Served(name) => {
                    (served(name).and_then(|(role, _)| listens.get(role)).copied(), Protocol::Http)
                }
            };
            let Some(upstream) = upstream else { continue };
            let address = self.links.open_at(at, &link.name(), upstream, protocol).await?;
            values.link(&link.role, &link.target, &address.to_string(), login);
        }
        Ok(values)
    }

    /// Opens a role's link to Kafka, or, to a cluster, one for each broker, which lead clients to each other; returns the
    /// bootstrap addresses.
    async fn open_kafka(&mut self, at: IpAddr, link: &PlannedLink) -> Result<String, RunError> {
        let (known, mut bootstrap) = (KafkaBrokers::default(), Vec::new());
        for (name, broker) in link.names(&self.plan.needs).iter().zip(self.brokers) {
            let protocol = Protocol::KafkaCluster(known.clone());
            let address = self.links.open_at(at, name, broker.address, protocol).await?;
            known.put(broker.node_id, address);
            bootstrap.push(address.to_string());
        }
        Ok(bootstrap.join(","))
    }
}
