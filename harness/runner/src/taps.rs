//! The taps of a run: what is read of Kafka and of the databases.

use std::{collections::BTreeMap, time::Duration};

use pitfall_environment::{DatabasePair, DatabaseServer, SqlErrors};
use pitfall_model::{Effect, Place, Plan, Server, What};
use pitfall_recorder::{
    BinlogInput, BinlogTap, CommitsInput, CommitsTap, Recorder, SqlErrorsInput, SqlErrorsSource,
    SqlErrorsTap, StallsTap, Tap, TopicsInput, TopicsTap,
};

use crate::{error::RunError, names::Names};

/// Taps must be level with the servers within this when the run ends.
const CATCH_UP: Duration = Duration::from_secs(30);

/// The taps of a run.
pub(crate) struct Taps {
    pub(crate) topics: TopicsTap,
    others: Vec<Box<dyn Tap>>,
    /// Not awaited at the end: a replica may be behind for good reason.
    replica: BinlogTap,
}

impl Taps {
    /// Starts every tap; returns when each follows.
    pub(crate) async fn start(
        plan: &Plan,
        names: &Names,
        pair: &DatabasePair,
        bootstrap: &str,
        recorder: &Recorder,
    ) -> Result<Self, RunError> {
        let topics = plan.topics.iter().map(|(name, topic)| pitfall_recorder::Topic {
            name: name.clone(),
            real: names.on_kafka(name),
            partitions: topic.partitions,
            order: topic.order.clone(),
            status: topic.status.clone(),
            version: topic.version.clone(),
        });
        let bootstrap = bootstrap.to_owned();
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
            Effect::Topic(_) | Effect::Route { .. } => None,
        });
        let orders: BTreeMap<(String, String), String> = tables
            .chain(plan.judging.truth.values())
            .map(|table| ((table.database.clone(), table.table.clone()), table.order.clone()))
            .collect();
        let binlog = |server, from: &DatabaseServer| BinlogInput {
            server,
            url: from.url(&pair.harness, ""),
            databases: databases.clone(),
            orders: orders.clone(),
        };
        let told = match &pair.source.sql_errors {
            SqlErrors::Log(path) => SqlErrorsSource::Log(path.clone()),
            SqlErrors::Server => SqlErrorsSource::Server(pair.source.url(&pair.harness, "")),
        };
        let errors = SqlErrorsInput { source: told, databases: databases.clone() };
        let (topics, commits, source, replica, errors, stalls) = tokio::try_join!(
            TopicsTap::start(recorder.clone(), topics),
            CommitsTap::start(recorder.clone(), commits),
            BinlogTap::start(recorder.clone(), binlog(Server::Source, &pair.source)),
            BinlogTap::start(recorder.clone(), binlog(Server::Replica, &pair.replica)),
            SqlErrorsTap::start(recorder.clone(), errors),
            StallsTap::start(recorder.clone()),
        )?;
        Ok(Taps {
            topics,
            others: vec![Box::new(commits), Box::new(source), Box::new(errors), Box::new(stalls)],
            replica,
        })
    }

    /// Level with the servers. A tap that is not is blind, and so is a verdict that rests on it.
    pub(crate) async fn catch_up(&self, recorder: &Recorder) {
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

    pub(crate) async fn stop(self) {
        self.topics.stop().await;
        self.replica.stop().await;
        for tap in &self.others {
            tap.stop().await;
        }
    }
}
