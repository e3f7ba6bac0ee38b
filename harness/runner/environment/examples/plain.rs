//! The same servers by plain testcontainers, to measure `up` against: default start-up, one after the other, ready when they
//! have logged it. Removes them when all are ready. PITFALL_IMAGE_KAFKA, PITFALL_IMAGE_MYSQL (not MariaDB) and
//! PITFALL_IMAGE_TOXIPROXY name the images, with their tags.

use std::collections::HashMap;
use std::error::Error;
use std::net::TcpListener;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row};
use pitfall_environment::Part;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, TopicPartitionList};
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::signal::unix::{SignalKind, signal};

type Failure = Box<dyn Error + Send + Sync>;
type Started = ContainerAsync<GenericImage>;

/// As testcontainers' own waits ask.
const INTERVAL: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(60);
/// The label by which containers are found that testcontainers did not remove.
const LABEL: &str = "pitfall.plain";

fn main() -> ExitCode {
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(plain())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn plain() -> Result<(), Failure> {
    let start = Instant::now();
    let network = format!("plain-{}", std::process::id());
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let told = AtomicBool::new(false);
    let mut all = pin!(Plain { network: &network, told: &told, start, parts: Vec::new() }.all());
    let ready = loop {
        // What is begun is awaited, so that nothing appears after it was looked for.
        tokio::select! {
            ready = &mut all => break ready,
            _ = interrupt.recv() => told.store(true, Relaxed),
            _ = terminate.recv() => told.store(true, Relaxed),
        }
    };
    let removed = remove(&network).await;
    ready?;
    removed?;
    if told.load(Relaxed) { Err("interrupted".into()) } else { Ok(()) }
}

/// A start under way.
struct Plain<'a> {
    network: &'a str,
    /// To end.
    told: &'a AtomicBool,
    start: Instant,
    parts: Vec<Part>,
}

impl Plain<'_> {
    /// Starts all and says how long it took. testcontainers removes them, and their network, at its end.
    async fn all(mut self) -> Result<(), Failure> {
        let port = free_port()?;
        let _broker = self.container("kafka", kafka(port)?).await?;
        let source = self.container("source", mysql(1)?).await?;
        let replica = self.container("replica", mysql(2)?).await?;
        let _proxy = self.container("toxiproxy", toxiproxy()?).await?;
        let from = self.start.elapsed();
        replicate(&source, &format!("{}-source", self.network), &replica).await?;
        self.note("replication", from);
        let from = self.start.elapsed();
        let _consumer = group(port).await?;
        self.note("first group", from);
        for part in &self.parts {
            println!("  {part}");
        }
        println!("ready in {} ms", self.start.elapsed().as_millis());
        Ok(())
    }

    async fn container(
        &mut self,
        name: &str,
        request: ContainerRequest<GenericImage>,
    ) -> Result<Started, Failure> {
        let from = self.start.elapsed();
        let request = request
            .with_network(self.network)
            .with_container_name(format!("{}-{name}", self.network))
            .with_label(LABEL, self.network);
        let started = request.start().await.map_err(|error| format!("{name} does not start: {error}"))?;
        self.note(name, from);
        if self.told.load(Relaxed) { Err("interrupted".into()) } else { Ok(started) }
    }

    fn note(&mut self, name: &str, from: Duration) {
        self.parts.push(Part { name: name.into(), from, until: self.start.elapsed() });
    }
}

/// The image that this variable names, ready when it has logged `message`.
fn image(variable: &str, message: WaitFor) -> Result<GenericImage, Failure> {
    let image = std::env::var(variable).unwrap_or_default();
    let (name, tag) = image.rsplit_once(':').ok_or(format!(
        "{variable} is '{image}': set it to an image with its tag, such as pitfall/kafka:local"
    ))?;
    Ok(GenericImage::new(name, tag).with_wait_for(message))
}

/// Its port on this host must be known before it starts: it tells clients.
fn kafka(port: u16) -> Result<ContainerRequest<GenericImage>, Failure> {
    let settings = [
        ("NODE_ID", "1"),
        ("PROCESS_ROLES", "broker,controller"),
        ("LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093"),
        ("CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
        ("CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("TRANSACTION_STATE_LOG_MIN_ISR", "1"),
        ("GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
    ];
    let request = image("PITFALL_IMAGE_KAFKA", WaitFor::message_on_stdout("Kafka Server started"))?
        .with_mapped_port(port, 9092.tcp())
        .with_env_var("KAFKA_ADVERTISED_LISTENERS", format!("PLAINTEXT://127.0.0.1:{port}"));
    Ok(settings
        .into_iter()
        .fold(request, |request, (name, value)| request.with_env_var(format!("KAFKA_{name}"), value)))
}

/// Keeps a row binlog by default. While it makes its data it logs another port.
fn mysql(server: u8) -> Result<ContainerRequest<GenericImage>, Failure> {
    let server = format!("--server-id={server}");
    Ok(image("PITFALL_IMAGE_MYSQL", WaitFor::message_on_stderr("port: 3306 "))?
        .with_exposed_port(3306.tcp())
        .with_env_var("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")
        .with_cmd([server.as_str(), "--gtid-mode=ON", "--enforce-gtid-consistency=ON"]))
}

fn toxiproxy() -> Result<ContainerRequest<GenericImage>, Failure> {
    let message = WaitFor::message_on_stdout("Starting Toxiproxy HTTP server");
    Ok(image("PITFALL_IMAGE_TOXIPROXY", message)?.with_exposed_port(8474.tcp()).into())
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Makes the replica follow the source, and waits until a change is there.
async fn replicate(source: &Started, host: &str, replica: &Started) -> Result<(), Failure> {
    let (mut source, mut replica) = (connect(source).await?, connect(replica).await?);
    for statement in [
        "CREATE USER follower@'%' IDENTIFIED BY 'follower'",
        "GRANT REPLICATION SLAVE ON *.* TO follower@'%'",
        // Else the replica would make root once more.
        "RESET BINARY LOGS AND GTIDS",
    ] {
        source.query_drop(statement).await?;
    }
    let change = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='{host}', SOURCE_USER='follower', SOURCE_PASSWORD='follower', \
         SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1"
    );
    replica.query_drop(change).await?;
    replica.query_drop("START REPLICA").await?;
    source.query_drop("CREATE DATABASE arrived").await?;
    let deadline = Instant::now() + LIMIT;
    while replica.query_first::<String, _>("SHOW DATABASES LIKE 'arrived'").await?.is_none() {
        if Instant::now() > deadline {
            let status: Option<Row> = replica.query_first("SHOW REPLICA STATUS").await?;
            return Err(format!("no change has reached the replica within {LIMIT:?}: {status:?}").into());
        }
        tokio::time::sleep(INTERVAL).await;
    }
    Ok(())
}

async fn connect(server: &Started) -> Result<Conn, Failure> {
    let port = server.get_host_port_ipv4(3306).await?;
    let options = OptsBuilder::default().ip_or_hostname("127.0.0.1").tcp_port(port).user(Some("root"));
    Ok(Conn::new(options.prefer_socket(false)).await?)
}

/// Waits until a group's offsets can be asked for, which is when groups can be used. What it asked with is the caller's to drop:
/// that takes time.
async fn group(port: u16) -> Result<BaseConsumer, Failure> {
    let asking = move || {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", format!("127.0.0.1:{port}"))
            .set("group.id", "first")
            .create()?;
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition("any", 0);
        let deadline = Instant::now() + LIMIT;
        while let Err(error) = consumer.committed_offsets(partitions.clone(), LIMIT) {
            if Instant::now() > deadline {
                return Err(format!("the first group cannot be used within {LIMIT:?}: {error}").into());
            }
            std::thread::sleep(INTERVAL);
        }
        Ok(consumer)
    };
    tokio::task::spawn_blocking(asking).await?
}

/// What a start that failed has left.
async fn remove(network: &str) -> Result<(), Failure> {
    let docker = docker_client_instance().await?;
    let filters = HashMap::from([("label", vec![format!("{LABEL}={network}")])]);
    let left = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    for id in docker.list_containers(Some(left)).await?.into_iter().filter_map(|left| left.id) {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        docker.remove_container(&id, Some(options)).await?;
    }
    if docker.inspect_network(network, None).await.is_ok() {
        docker.remove_network(network).await?;
    }
    Ok(())
}
