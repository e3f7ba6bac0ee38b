//! A cluster: a controller and brokers, each a process of its own at an address of its own.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use futures::future::try_join_all;
use pitfall_warden::{Owner, Warden};

use super::{command, settings, template};
use crate::cache;
use crate::error::EnvironmentError;
use crate::installation::Installation;
use crate::kafka::config::{CONTROLLER_NODE, of_broker, of_controller};
use crate::kafka::{CONTROLLER, KafkaCluster, KafkaServer, OWN, PORT, readiness};
use crate::loopback;
use crate::processes::program::Spawned;
use crate::server::Server;

/// One node of a cluster.
#[derive(Clone, Copy)]
struct Node {
    id: i32,
    address: Ipv4Addr,
}

impl Node {
    /// The nodes of a cluster, the controller first.
    fn all(brokers: usize) -> Result<Vec<Node>, EnvironmentError> {
        let controller = loopback::draw(&[CONTROLLER])?;
        let mut nodes = vec![Node { id: CONTROLLER_NODE, address: controller }];
        for id in (1..).take(brokers) {
            nodes.push(Node { id, address: loopback::draw(&[PORT])? });
        }
        Ok(nodes)
    }

    fn name(self) -> String {
        match self.id {
            CONTROLLER_NODE => "Kafka controller".into(),
            id => format!("Kafka broker {id}"),
        }
    }

    /// The directory of its storage in the template.
    fn storage(self) -> String {
        format!("node-{}", self.id)
    }

    fn properties(self, nodes: &[Node], directory: &Path) -> String {
        let controller = format!("{}:{CONTROLLER}", nodes[0].address);
        let (brokers, data) = (nodes.len() - 1, settings::data(directory));
        match self.id {
            CONTROLLER_NODE => of_controller(brokers, &controller, &data),
            id => of_broker(id, brokers, &format!("{}:{PORT}", self.address), &controller, &data),
        }
    }
}

/// Starts a cluster of so many brokers; returns when all know each other and groups can be used at each.
pub(crate) async fn start(
    warden: &Warden,
    installation: &Installation,
    owner: &Owner,
    brokers: usize,
) -> Result<KafkaCluster, EnvironmentError> {
    let archive = template::get(warden, installation, &|_| {}).await?.join(template::ARCHIVE);
    let storages = storages(warden, installation, brokers).await?;
    let nodes = Node::all(brokers)?;
    let start = async |node: &Node| {
        let directory = warden.scratch(owner.clone(), "kafka").await?;
        let storage = storages.join(node.storage()).join(settings::DATA);
        cache::copy(&node.name(), storage, directory.join(settings::DATA)).await?;
        settings::write_all(&directory, &node.properties(&nodes, &directory))?;
        let archive = command::Archive::Use(archive.clone());
        let Spawned { server, .. } =
            command::spawn(warden, owner, installation, &directory, archive, &OWN, &node.name()).await?;
        Ok::<Server, EnvironmentError>(server)
    };
    let controller = start(&nodes[0]).await?;
    let servers = try_join_all(nodes[1..].iter().map(start)).await?;
    let server = |(node, server): (&Node, Server)| KafkaServer {
        node_id: node.id,
        address: (node.address, PORT).into(),
        version: installation.kafka.version.clone(),
        server,
    };
    let brokers: Vec<KafkaServer> = nodes[1..].iter().zip(servers).map(server).collect();
    let ready = async |broker: &KafkaServer| {
        broker.ready(warden).await?;
        readiness::knows_all(&broker.server.started(warden).await?, broker.address, brokers.len()).await
    };
    try_join_all(brokers.iter().map(ready)).await?;
    Ok(KafkaCluster { controller, brokers })
}

/// The formatted storages of all nodes; makes them if they are not there. `__consumer_offsets` is not in them: a cluster that
/// comes back would have it led by one broker.
async fn storages(
    warden: &Warden,
    installation: &Installation,
    brokers: usize,
) -> Result<PathBuf, EnvironmentError> {
    let version = &installation.kafka.version;
    let made_from = [template::fingerprint(installation), of_broker(1, brokers, "", "", "")];
    let fingerprint = cache::fingerprint(&made_from.each_ref().map(String::as_str));
    let name = format!("kafka-template-{version}-cluster-{brokers}-{fingerprint}");
    cache::get_or_build(&name, |directory| async move {
        let nodes = Node::all(brokers)?;
        let format = async |node: &Node| {
            let directory = directory.join(node.storage());
            std::fs::create_dir(&directory).map_err(|error| cache::fault(&directory, error))?;
            settings::write_all(&directory, &node.properties(&nodes, &directory))?;
            command::format(warden, installation, &directory).await
        };
        try_join_all(nodes.iter().map(format)).await.map(drop)
    })
    .await
}
