//! A broker behind two links: one that reads, and one that does not.
//!
//! Clients go where a broker's answers send them. So that the plain link is not slipped past, the broker has a listener of
//! its own for it, whose address, as advertised, is that link's. The reading link puts its own address into the answers.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use pitfall_warden::{Output, Owner, Process, Warden};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use tokio::net::TcpStream;

use crate::Failure;
use crate::held::Held;
use crate::paths::free;
use crate::tools::Tools;

const CLUSTER: &str = "cGl0ZmFsbC1iZW5jaC0wMQ";
const LIMIT: Duration = Duration::from_secs(60);

/// The ways to it, in the order in which they take turns.
pub(crate) const NAMES: [&str; 3] = ["direct", "plain link", "reading link"];

/// A broker of one's own, and the links to it.
pub(crate) struct Broker {
    /// As in [`NAMES`].
    pub(crate) addresses: [SocketAddr; 3],
    plain: Held,
    reading: Held,
    admin: AdminClient<DefaultClientContext>,
    process: Process,
}

impl Broker {
    pub(crate) async fn start(warden: &Warden, tools: &Tools) -> Result<Self, Failure> {
        let [direct, behind_plain, controller] = [free()?, free()?, free()?];
        let plain = Held::open("tcp", behind_plain).await?;
        let reading = Held::open("kafka", direct).await?;
        let folder = warden.scratch(Owner::Client, "broker").await?;
        let text = |file: &str| folder.join(file).display().to_string();
        let (settings, log) = (text("server.properties"), folder.join("log"));
        std::fs::write(&settings, properties(direct, behind_plain, plain.address, controller, &folder))?;
        let format = ["format", "-t", CLUSTER, "-c", &settings].map(str::to_owned);
        tools.run("kafka.tools.StorageTool", &format).await?;
        let mut spawn = tools.spawn("Kafka", "kafka.Kafka", &[settings]);
        (spawn.stdout, spawn.stderr) = (Output::File(log.clone()), Output::File(log.clone()));
        let process = warden.spawn(spawn).await?;
        let deadline = Instant::now() + LIMIT;
        while let Err(error) = TcpStream::connect(direct).await {
            if process.exit().is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("Kafka does not listen on {direct}: {error}; its log: {log}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let admin = ClientConfig::new().set("bootstrap.servers", direct.to_string()).create()?;
        let addresses = [direct, plain.address, reading.address];
        Ok(Self { addresses, plain, reading, admin, process })
    }

    pub(crate) async fn make(&self, topic: &str) -> Result<(), Failure> {
        let new = NewTopic::new(topic, 1, TopicReplication::Fixed(1));
        let options = AdminOptions::new().request_timeout(Some(LIMIT)).operation_timeout(Some(LIMIT));
        for made in self.admin.create_topics([&new], &options).await? {
            made.map_err(|(topic, code)| format!("topic {topic} cannot be made: {code}"))?;
        }
        Ok(())
    }

    pub(crate) async fn delete(&self, topic: &str) -> Result<(), Failure> {
        for deleted in self.admin.delete_topics(&[topic], &AdminOptions::new()).await? {
            deleted.map_err(|(topic, code)| format!("topic {topic} cannot be deleted: {code}"))?;
        }
        Ok(())
    }

    /// Ends it; fails if the reading link has told nothing, or was blind.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.process.kill().await?;
        self.plain.close().await?;
        match self.reading.close().await? {
            0 => Err("the reading link has read nothing: clients have slipped past it".into()),
            told => {
                println!("the reading link told {told} events and was never blind");
                Ok(())
            }
        }
    }
}

fn properties(
    direct: SocketAddr,
    behind_plain: SocketAddr,
    plain: SocketAddr,
    controller: SocketAddr,
    folder: &Path,
) -> String {
    format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=DIRECT://{direct},PLAIN://{behind_plain},CONTROLLER://{controller}
advertised.listeners=DIRECT://{direct},PLAIN://{plain}
listener.security.protocol.map=DIRECT:PLAINTEXT,PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=DIRECT
controller.listener.names=CONTROLLER
log.dirs={}
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
file.delete.delay.ms=100
log.segment.delete.delay.ms=100
",
        folder.join("data").display()
    )
}
