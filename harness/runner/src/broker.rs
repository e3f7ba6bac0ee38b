//! What a run asks of Kafka: its topics, and the state of its groups.

use std::{sync::Arc, time::Duration};

use pitfall_environment::KafkaServer;
use pitfall_model::Topic;
use pitfall_recorder::Described;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
};

use crate::error::RunError;

const LIMIT: Duration = Duration::from_secs(60);

/// A connection to the cluster, past every link.
#[derive(Clone)]
pub(crate) struct Broker {
    bootstrap: String,
    /// Of topics.
    replicas: i32,
    admin: Arc<AdminClient<DefaultClientContext>>,
}

impl Broker {
    pub(crate) fn connect(brokers: &[KafkaServer]) -> Result<Self, RunError> {
        let addresses: Vec<String> = brokers.iter().map(|broker| broker.address.to_string()).collect();
        let bootstrap = addresses.join(",");
        // As many as a cluster has by default: with three, a topic outlives any one broker.
        let replicas = i32::try_from(brokers.len().min(3)).unwrap_or(3);
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &bootstrap);
        let failed = |error: rdkafka::error::KafkaError| {
            RunError::server(format!("reach Kafka at {bootstrap}"))(error.into())
        };
        let admin = Arc::new(config.create().map_err(failed)?);
        Ok(Self { bootstrap, replicas, admin })
    }

    /// Addresses, with commas between them.
    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Makes topics, given by real name, with exact settings.
    pub(crate) async fn create(&self, topics: &[(String, Topic)]) -> Result<(), RunError> {
        let mut new = Vec::new();
        for (name, topic) in topics {
            let made = NewTopic::new(name, topic.partitions, TopicReplication::Fixed(self.replicas));
            new.push(topic.config.iter().fold(made, |made, (key, value)| made.set(key, value)));
        }
        let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
        let failed =
            |topic: &str, error: String| RunError::server(format!("make topic {topic}"))(error.into());
        let results =
            self.admin.create_topics(&new, &options).await.map_err(|error| failed("", error.to_string()))?;
        results
            .into_iter()
            .try_for_each(|result| result.map(drop).map_err(|(topic, code)| failed(&topic, code.to_string())))
    }

    /// Removes topics; what fails is left to the end of the environment.
    pub(crate) async fn delete(&self, topics: &[&str]) {
        let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
        let _ = self.admin.delete_topics(topics, &options).await;
    }

    /// Content when the group is stable with `members` members; else says what it is.
    pub(crate) async fn joined(&self, group: String, members: usize) -> Result<(), String> {
        let Described { state, members: now } = Described::ask(&self.bootstrap, &group).await?;
        let seen = format!("group is {state} with {now} of {members} members");
        if state == "Stable" && now == members { Ok(()) } else { Err(seen) }
    }
}
