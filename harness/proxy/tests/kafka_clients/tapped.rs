//! A link in front of the broker, and all that it told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pitfall_proxy::{Link, LinkConfig, LinkEvent, Protocol};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use tokio::time::timeout;

use crate::LIMIT;
use crate::told::Told;

pub(crate) struct Tapped {
    pub(crate) topic: String,
    link: Link,
    events: Arc<Mutex<Vec<LinkEvent>>>,
}

impl Tapped {
    /// Makes a topic of two partitions, past the link.
    pub(crate) async fn open(kafka: SocketAddr, topic: &str) -> Tapped {
        let mut config = ClientConfig::new();
        let admin: AdminClient<DefaultClientContext> =
            config.set("bootstrap.servers", kafka.to_string()).create().unwrap();
        let new = NewTopic::new(topic, 2, TopicReplication::Fixed(1));
        let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");

        let events = Arc::new(Mutex::new(Vec::new()));
        let told = events.clone();
        let config = LinkConfig {
            name: "client->kafka".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream: kafka,
            protocol: Protocol::Kafka,
            seed: 1,
            strict: false,
        };
        let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
        Tapped { topic: topic.to_owned(), link, events }
    }

    pub(crate) fn address(&self) -> String {
        self.link.address().to_string()
    }

    /// The clients' addresses of the connections that are open now.
    pub(crate) fn open_connections(&self) -> BTreeSet<SocketAddr> {
        let mut open = BTreeMap::new();
        for event in self.events.lock().unwrap().iter() {
            match event {
                LinkEvent::Opened { conn, client } => drop(open.insert(*conn, *client)),
                LinkEvent::Closed { conn, .. } => drop(open.remove(conn)),
                _ => {}
            }
        }
        open.into_values().collect()
    }

    /// What the link told, after the clients' connections are over.
    pub(crate) async fn close(self) -> Told {
        let start = Instant::now();
        while !self.open_connections().is_empty() {
            assert!(start.elapsed() < LIMIT, "connections are left: {:?}", self.open_connections());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let address = self.link.address();
        timeout(LIMIT, self.link.close()).await.unwrap();
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        Told::new(self.topic, address, events)
    }
}
