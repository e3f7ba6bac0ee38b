//! The taps of a run: what is read of Kafka and of the databases.

use std::{collections::BTreeMap, iter::once, time::Duration};

use futures::future::join_all;
use pitfall_environment::{DatabasePair, DatabaseServer, SqlErrors};
use pitfall_model::{Effect, Place, Plan, PlannedLink, Server, Target, What};
use pitfall_recorder::{
    BinlogInput, BinlogTap, CommitsInput, CommitsTap, GroupsInput, GroupsTap, Recorder, SqlErrorsInput,
    SqlErrorsSource, SqlErrorsTap, StallsTap, Tap, TopicsInput, TopicsTap,
};

use crate::{error::RunError, names::Names};

/// Taps must be level with the servers within this when the run ends.
const CATCH_UP: Duration = Duration::from_secs(30);

/// What a run with these links is read from; a tap that cannot be started ends the run.
pub(crate) fn read(links: &[PlannedLink]) -> Vec<pitfall_model::Tap> {
    use pitfall_model::Tap;
    let of_link = |target: &Target| match target {
        Target::Kafka => Tap::KafkaLinks,
        Target::MysqlSource | Target::MysqlReplica => Tap::MysqlLinks,
        Target::Platform | Target::Alerts | Target::Served(_) => Tap::HttpLinks,
    };
    let linked: Vec<Tap> = links.iter().map(|link| of_link(&link.target)).collect();
    let is_read = |tap: &Tap| match tap {
        Tap::Topics
        | Tap::Offsets
        | Tap::Groups
        | Tap::SourceBinlog
        | Tap::ReplicaBinlog
        | Tap::SqlErrors => true,
        Tap::Platform | Tap::Processes | Tap::Logs | Tap::Stalls => true,
        Tap::KafkaLinks | Tap::MysqlLinks | Tap::HttpLinks => linked.contains(tap),
    };
    Tap::ALL.iter().copied().filter(is_read).collect()
}

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
        let groups: BTreeMap<String, String> =
            plan.groups.iter().map(|group| (names.on_kafka(group), group.clone())).collect();
        let described = GroupsInput { bootstrap: bootstrap.clone(), groups: groups.clone() };
        let commits = CommitsInput {
            bootstrap,
            settings: BTreeMap::new(),
            groups,
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
        let (topics, commits, groups, source, replica, errors, stalls) = tokio::try_join!(
            TopicsTap::start(recorder.clone(), topics),
            CommitsTap::start(recorder.clone(), commits),
            GroupsTap::start(recorder.clone(), described),
            BinlogTap::start(recorder.clone(), binlog(Server::Source, &pair.source)),
            BinlogTap::start(recorder.clone(), binlog(Server::Replica, &pair.replica)),
            SqlErrorsTap::start(recorder.clone(), errors),
            StallsTap::start(recorder.clone()),
        )?;
        Ok(Taps {
            topics,
            others: vec![
                Box::new(commits),
                Box::new(groups),
                Box::new(source),
                Box::new(errors),
                Box::new(stalls),
            ],
            replica,
        })
    }

    /// Level with the servers. A tap that is not is blind, and so is a verdict that rests on it.
    pub(crate) async fn catch_up(&self, recorder: &Recorder) {
        let blind = |tap: &dyn Tap, reason: String| {
            recorder.record(Place::link(tap.name(), None), What::Blind { reason });
        };
        for tap in self.level() {
            if let Err(error) = tap.catch_up(CATCH_UP).await {
                blind(tap, error.to_string());
            }
        }
        if let Some(reason) = self.replica.failed() {
            blind(&self.replica, reason);
        }
    }

    pub(crate) async fn stop(self) {
        join_all(self.level().chain(once(&self.replica as &dyn Tap)).map(Tap::stop)).await;
    }

    /// Those that have to be level with their servers when the run ends.
    fn level(&self) -> impl Iterator<Item = &dyn Tap> {
        once(&self.topics as &dyn Tap).chain(self.others.iter().map(AsRef::as_ref))
    }
}

#[cfg(test)]
mod tests {
    use pitfall_model::{PlannedLink, Tap, Target};

    use super::read;

    #[test]
    fn links_are_read_where_there_are_some() {
        let link = |target| PlannedLink { role: "consumer".to_owned(), target };
        let links = |targets: Vec<Target>| -> Vec<Tap> {
            let all = read(&targets.into_iter().map(link).collect::<Vec<_>>());
            all.into_iter().filter(|tap| *tap >= Tap::KafkaLinks).collect()
        };
        assert_eq!(links(vec![]), []);
        assert_eq!(links(vec![Target::MysqlReplica, Target::Kafka]), [Tap::KafkaLinks, Tap::MysqlLinks]);
        assert_eq!(links(vec![Target::Alerts, Target::Served("shop".to_owned())]), [Tap::HttpLinks]);
    }

    #[test]
    fn servers_and_processes_are_read_in_every_run() {
        let others: Vec<Tap> = Tap::ALL.iter().copied().filter(|tap| *tap < Tap::KafkaLinks).collect();
        assert_eq!(read(&[]), others);
    }
}
