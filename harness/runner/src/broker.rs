//! What a run asks of Kafka: its topics, and the state of its groups.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use pitfall_environment::KafkaServer;
use pitfall_model::{ChangedTopic, Topic};
use pitfall_recorder::Described;
use rdkafka::{
    ClientConfig,
    admin::{
        AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
};

use crate::error::RunError;

const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks whether a change has come about.
const AGAIN: Duration = Duration::from_millis(20);

/// A connection to the cluster, past every link.
#[derive(Clone)]
pub(crate) struct Broker {
    bootstrap: String,
    /// Node ids.
    nodes: Vec<i32>,
    admin: Arc<AdminClient<DefaultClientContext>>,
}

impl Broker {
    pub(crate) fn connect(brokers: &[KafkaServer]) -> Result<Self, RunError> {
        let addresses: Vec<String> = brokers.iter().map(|broker| broker.address.to_string()).collect();
        let bootstrap = addresses.join(",");
        let nodes = brokers.iter().map(|broker| broker.node_id).collect();
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &bootstrap);
        let failed = |error: rdkafka::error::KafkaError| {
            RunError::server(format!("reach Kafka at {bootstrap}"))(error.into())
        };
        let admin = Arc::new(config.create().map_err(failed)?);
        Ok(Self { bootstrap, nodes, admin })
    }

    /// Addresses, with commas between them.
    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Makes topics, given by real name, with exact settings.
    pub(crate) async fn create(&self, topics: &[(String, Topic)]) -> Result<(), RunError> {
        let placed: Vec<Vec<Vec<i32>>> =
            topics.iter().map(|(_, topic)| placed(&self.nodes, topic.partitions)).collect();
        let placed: Vec<Vec<&[i32]>> =
            placed.iter().map(|topic| topic.iter().map(Vec::as_slice).collect()).collect();
        let mut new = Vec::new();
        for ((name, topic), placed) in topics.iter().zip(&placed) {
            let made = NewTopic::new(name, topic.partitions, TopicReplication::Variable(placed));
            new.push(topic.config.iter().fold(made, |made, (key, value)| made.set(key, value)));
        }
        let failed =
            |topic: &str, error: String| RunError::server(format!("make topic {topic}"))(error.into());
        let results = self
            .admin
            .create_topics(&new, &options())
            .await
            .map_err(|error| failed("", error.to_string()))?;
        results
            .into_iter()
            .try_for_each(|result| result.map(drop).map_err(|(topic, code)| failed(&topic, code.to_string())))
    }

    /// Changes a topic, given by real name: makes it, or gives it more partitions and other settings; returns when the settings
    /// hold.
    pub(crate) async fn change(&self, name: &str, changed: &ChangedTopic) -> Result<(), RunError> {
        let ChangedTopic { had, topic } = changed;
        if *had == 0 {
            return self.create(&[(name.to_owned(), topic.clone())]).await;
        }
        let failed = |error: String| RunError::server(format!("change topic {name}"))(error.into());
        if topic.partitions > *had {
            let more = NewPartitions::new(name, usize::try_from(topic.partitions).unwrap_or_default());
            let made = self.admin.create_partitions(&[more], &options()).await;
            for one in made.map_err(|error| failed(error.to_string()))? {
                one.map_err(|(_, code)| failed(code.to_string()))?;
            }
        }
        if topic.config.is_empty() {
            return Ok(());
        }
        let settings = AlterConfig::new(ResourceSpecifier::Topic(name));
        let settings = topic.config.iter().fold(settings, |all, (key, value)| all.set(key, value));
        let set = self.admin.alter_configs(&[settings], &options()).await;
        for one in set.map_err(|error| failed(error.to_string()))? {
            one.map_err(|(_, code)| failed(code.to_string()))?;
        }
        let begun = Instant::now();
        while let Err(seen) = self.has(name, &topic.config).await {
            if begun.elapsed() > LIMIT {
                return Err(failed(seen));
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// Whether the topic has these settings; else what it has.
    async fn has(&self, name: &str, config: &BTreeMap<String, String>) -> Result<(), String> {
        let asked = [ResourceSpecifier::Topic(name)];
        let told =
            self.admin.describe_configs(&asked, &options()).await.map_err(|error| error.to_string())?;
        let topic = told.into_iter().next().ok_or("nothing was told of it")?;
        let topic = topic.map_err(|code| code.to_string())?;
        for (key, wanted) in config {
            let is = topic.get(key).and_then(|entry| entry.value.clone());
            if is.as_ref() != Some(wanted) {
                return Err(format!("{key} is {is:?}, not {wanted:?}"));
            }
        }
        Ok(())
    }

    /// Removes topics; what fails is left to the end of the environment.
    pub(crate) async fn delete(&self, topics: &[&str]) {
        let _ = self.admin.delete_topics(topics, &options()).await;
    }

    /// Content when the group is stable with `members` members; else says what it is.
    pub(crate) async fn joined(&self, group: String, members: usize) -> Result<(), String> {
        let Described { state, members: now } = Described::ask(&self.bootstrap, &group).await?;
        let seen = format!("group is {state} with {now} of {members} members");
        if state == "Stable" && now == members { Ok(()) } else { Err(seen) }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT))
}

/// The brokers that keep each partition, its leader first: a scenario knows who leads what. As many as a cluster has by default: with
/// three, a topic outlives any one of them.
fn placed(nodes: &[i32], partitions: i32) -> Vec<Vec<i32>> {
    let partitions = usize::try_from(partitions).unwrap_or_default();
    let from = |first: usize| nodes.iter().cycle().skip(first % nodes.len()).copied();
    (0..partitions).map(|partition| from(partition).take(nodes.len().min(3)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::placed;

    #[test]
    fn leaders_take_turns_from_the_first_broker_on() {
        assert_eq!(placed(&[1, 2, 3], 4), [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]]);
        assert_eq!(placed(&[1, 2, 3, 4], 2), [[1, 2, 3], [2, 3, 4]]);
        assert_eq!(placed(&[1], 2), [[1], [1]]);
    }
}
