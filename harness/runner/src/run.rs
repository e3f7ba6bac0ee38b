//! One run: from plan to a finished history.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use pitfall_environment::{DatabasePair, DatabaseServer, KafkaServer};
use pitfall_model::{Effect, Place, Plan, Server, Target, Topic, What};
use pitfall_proxy::Protocol;
use pitfall_recorder::{
    BinlogInput, BinlogTap, CommitsInput, CommitsTap, Recorder, SqlErrorsInput, SqlErrorsTap, StallsTap, Tap,
    TopicsInput, TopicsTap,
};
use pitfall_warden::Warden;
use tokio::time::{Instant, timeout_at};

use crate::{
    broker::Broker,
    database::Database,
    error::RunError,
    faults::Faults,
    links::Links,
    names::Names,
    platform::Platform,
    system::{NotStarted, System},
    values::Values,
    wait,
    workload::Workload,
};

/// Taps must be level with the servers within this when the run ends.
const CATCH_UP: Duration = Duration::from_secs(10);

/// What a run is made with.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) names: &'a Names,
    pub(crate) seed: u64,
    pub(crate) folder: &'a Path,
    pub(crate) bin: &'a Path,
    pub(crate) warden: &'a Warden,
    pub(crate) kafka: &'a KafkaServer,
    pub(crate) pair: &'a DatabasePair,
    pub(crate) links: Links,
    pub(crate) recorder: Recorder,
}

impl Run<'_> {
    /// Makes the plan real; returns when the history is complete. Everything it made is gone again, save the run directory.
    pub(crate) async fn make(mut self) -> Result<(), RunError> {
        let (plan, recorder) = (self.plan, self.recorder.clone());
        let broker = Broker::connect(self.kafka.address)?;
        let topics: Vec<(String, Topic)> =
            plan.topics.iter().map(|(name, topic)| (self.names.on_kafka(name), topic.clone())).collect();
        broker.create(&topics).await?;
        self.databases().await?;
        let taps = self.taps(&broker).await?;
        let platform =
            Platform::start(plan.platform.clone(), self.seed, recorder.clone(), self.names.address).await?;
        let listens = self.listens();
        let values = self.values(&platform, &listens).await?;
        let links = Arc::new(self.links);
        let faults =
            Faults::start(&plan.faults, recorder.clone(), Arc::clone(&links), platform.slow()).await?;
        let system = System {
            plan,
            names: self.names,
            values,
            listens,
            recorder: recorder.clone(),
            warden: self.warden.clone(),
            broker: broker.clone(),
            folder: self.folder.to_owned(),
            running: Default::default(),
        };
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| RunError::server("make an HTTP client")(error.into()))?;
        let workload = Workload {
            plan,
            system: &system,
            recorder: &recorder,
            faults: &faults,
            topics: &taps.topics,
            seed: self.seed,
            client,
        };
        let outcome = match workload.run().await {
            Ok(()) => Ok(settle(plan, &recorder, &system).await),
            Err(NotStarted::NotReady(not_met)) => Ok(not_met.0),
            Err(NotStarted::Failed(error)) => Err(error),
        };
        if let Ok(reason) = &outcome {
            taps.catch_up(&recorder).await;
            recorder.record(Place::default(), What::Ended { reason: reason.clone() });
        }
        // Beyond the end nothing is recorded: what follows is clearing up, whatever the outcome.
        recorder.close().await?;
        system.kill().await?;
        faults.heal().await?;
        taps.stop().await;
        if let Ok(mut links) = Arc::try_unwrap(links) {
            links.close().await;
        }
        let names: Vec<&str> = topics.iter().map(|(name, _)| name.as_str()).collect();
        broker.delete(&names).await;
        let source = Database::of(&self.pair.source, &self.pair.harness);
        source.remove(&plan.databases.keys().map(|name| self.names.on_mysql(name)).collect::<Vec<_>>()).await;
        outcome.map(drop)
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
                wait::probe(&self.recorder, &format!("database {name} on the replica"), CATCH_UP, || {
                    replica.has(&real)
                })
                .await;
            there.map_err(|not_met| RunError::server("replicate the databases")(not_met.0.into()))?;
        }
        Ok(())
    }

    async fn taps(&self, broker: &Broker) -> Result<Taps, RunError> {
        let (plan, names, recorder) = (self.plan, self.names, &self.recorder);
        let topics = plan.topics.iter().map(|(name, topic)| pitfall_recorder::Topic {
            name: name.clone(),
            real: names.on_kafka(name),
            partitions: topic.partitions,
            order: topic.order.clone(),
            status: topic.status.clone(),
        });
        let bootstrap = broker.bootstrap().to_owned();
        let topics =
            TopicsInput { bootstrap: bootstrap.clone(), settings: BTreeMap::new(), topics: topics.collect() };
        let commits = CommitsInput {
            bootstrap,
            settings: BTreeMap::new(),
            groups: plan.groups.iter().map(|group| (names.on_kafka(group), group.clone())).collect(),
            topics: plan.topics.keys().map(|topic| (names.on_kafka(topic), topic.clone())).collect(),
        };
        let databases: BTreeMap<String, String> =
            plan.databases.keys().map(|name| (names.on_mysql(name), name.clone())).collect();
        let tables = plan.judging.effects.values().filter_map(|effect| match effect {
            Effect::Table(table) => Some(table),
            Effect::Topic(_) => None,
        });
        let orders: BTreeMap<(String, String), String> = tables
            .chain(plan.judging.truth.values())
            .map(|table| ((table.database.clone(), table.table.clone()), table.order.clone()))
            .collect();
        let binlog = |server, from: &DatabaseServer| BinlogInput {
            server,
            url: from.url(&self.pair.harness, ""),
            databases: databases.clone(),
            orders: orders.clone(),
        };
        let errors =
            SqlErrorsInput { path: self.pair.source.sql_errors.clone(), databases: databases.clone() };
        let (topics, commits, source, replica, errors, stalls) = tokio::try_join!(
            TopicsTap::start(recorder.clone(), topics),
            CommitsTap::start(recorder.clone(), commits),
            BinlogTap::start(recorder.clone(), binlog(Server::Source, &self.pair.source)),
            BinlogTap::start(recorder.clone(), binlog(Server::Replica, &self.pair.replica)),
            SqlErrorsTap::start(recorder.clone(), errors),
            StallsTap::start(recorder.clone()),
        )?;
        Ok(Taps {
            topics,
            others: vec![Box::new(commits), Box::new(source), Box::new(errors), Box::new(stalls)],
            replica,
        })
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
        platform: &Platform,
        listens: &BTreeMap<String, SocketAddr>,
    ) -> Result<Values, RunError> {
        let mut values = Values::new(self.plan, self.names, self.seed, self.bin);
        let login = &self.pair.application;
        for (role, address) in listens {
            values.listen(role, *address);
        }
        for link in &self.plan.links {
            let served =
                |name: &str| self.plan.roles.iter().find(|(_, role)| role.serves.as_deref() == Some(name));
            let (upstream, protocol) = match &link.target {
                Target::Kafka => (Some(self.kafka.address), Protocol::Kafka),
                Target::MysqlSource => (Some(self.pair.source.address), Protocol::Tcp),
                Target::MysqlReplica => (Some(self.pair.replica.address), Protocol::Tcp),
                Target::Platform | Target::Alerts => (Some(platform.address()), Protocol::Tcp),
                Target::Served(name) => {
                    (served(name).and_then(|(role, _)| listens.get(role)).copied(), Protocol::Tcp)
                }
            };
            let Some(upstream) = upstream else { continue };
            let address = self.links.open(&link.name(), upstream, protocol).await?;
            values.link(&link.role, &link.target, address, login);
        }
        Ok(values)
    }
}

/// The taps of a run.
struct Taps {
    topics: TopicsTap,
    others: Vec<Box<dyn Tap>>,
    /// Not awaited at the end: a replica may be behind for good reason.
    replica: BinlogTap,
}

impl Taps {
    /// Level with the servers. A tap that is not is blind, and so is a verdict that rests on it.
    async fn catch_up(&self, recorder: &Recorder) {
        let blind = |tap: &dyn Tap, reason: String| {
            recorder.record(Place::link(tap.name(), None), What::Blind { reason });
        };
        let level = std::iter::once(&self.topics as &dyn Tap).chain(self.others.iter().map(AsRef::as_ref));
        for tap in level {
            if let Err(error) = tap.catch_up(CATCH_UP).await {
                blind(tap, error.to_string());
            }
        }
        if let Some(reason) = self.replica.failed() {
            blind(&self.replica, reason);
        }
    }

    async fn stop(self) {
        self.topics.stop().await;
        self.replica.stop().await;
        for tap in &self.others {
            tap.stop().await;
        }
    }
}

/// Waits until the plan's `settle` is met and the system has been quiet; returns why the run ended.
async fn settle(plan: &Plan, recorder: &Recorder, system: &System<'_>) -> String {
    let settle = &plan.settle;
    let deadline = Instant::now() + settle.within;
    let mut watch = pitfall_model::Watch::new(settle.when.clone());
    let (mut index, mut is_met) = (0, false);
    let mut quiet_since = Instant::now();
    loop {
        for event in recorder.events_from(index) {
            index += 1;
            is_met = watch.observe(&event).is_some();
            if is_activity(&event.what) {
                quiet_since = Instant::now();
            }
        }
        let until = if is_met { deadline.min(quiet_since + settle.quiet) } else { deadline };
        if timeout_at(until, recorder.changed_since(index)).await.is_ok() {
            continue;
        }
        if is_met && Instant::now() >= quiet_since + settle.quiet {
            return "settled".into();
        }
        if Instant::now() >= deadline {
            let gone = system.gone();
            let gone = if gone.is_empty() { String::new() } else { format!("; {}", gone.join(", ")) };
            let quiet = if is_met { format!(", then {:?} of quiet", settle.quiet) } else { String::new() };
            return format!(
                "not settled within {:?}: awaited {}{quiet}; last seen: {}{gone}",
                settle.within,
                settle.when,
                watch.last_seen()
            );
        }
    }
}

/// What the system does, as against what goes on by itself.
fn is_activity(what: &What) -> bool {
    match what {
        What::Produced { .. }
        | What::Committed { .. }
        | What::Request { .. }
        | What::Alert { .. }
        | What::SqlError { .. } => true,
        What::RowChanged { server, .. } => *server == Server::Source,
        _ => false,
    }
}
