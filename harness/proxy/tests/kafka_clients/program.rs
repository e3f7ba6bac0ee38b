//! A broker, and programs run at it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pitfall_environment::{Environment, KafkaServer};
use pitfall_warden::{Exit, Output, Owner, Process, Spawn, Warden};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::connections::{self, Connection};
use crate::installed::{Client, compiler};
use crate::report::{self, Report};
use crate::tapped::Tapped;
use crate::{CODECS, Groups, LIMIT, RECORDS};

/// A client's life is a second or two: there is no use in a second compiler.
const JVM: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.level=OFF"];

/// What the cases share. It ends with this process.
#[derive(Default)]
pub(crate) struct Bench {
    warden: OnceCell<Warden>,
    kafka: OnceCell<KafkaServer>,
    /// The Java program's directory.
    compiled: OnceCell<String>,
}

impl Bench {
    /// A topic and a link of its own.
    pub(crate) async fn link(&self, topic: &str) -> Tapped {
        let start = async || {
            let started = Environment::Processes.start_kafka(self.warden().await, Owner::Client).await;
            started.unwrap_or_else(|error| panic!("{error}"))
        };
        Tapped::open(self.kafka.get_or_init(start).await.address, topic).await
    }

    /// What the client says, and the connections that it was seen with.
    pub(crate) async fn run(
        &self,
        client: &Client,
        tapped: &Tapped,
        groups: Groups,
    ) -> (Report, BTreeSet<Connection>) {
        let (program, mut arguments) = match client {
            Client::Java { java, class_path } => {
                let compiled = self.compiled.get_or_init(|| self.compile(java)).await;
                let class_path = format!("{compiled}:{class_path}");
                let arguments = JVM.into_iter().chain(["-cp", &class_path, "Client"]);
                (java, arguments.map(str::to_owned).collect::<Vec<_>>())
            }
            Client::Python { python, script } => (python, vec![script.clone()]),
        };
        let groups = match groups {
            Groups::Classic => "classic",
            Groups::Consumer => "consumer",
        };
        let directory = self.directory().await;
        let go = directory.join("go");
        arguments.extend([tapped.address(), tapped.topic.clone(), groups.to_owned()]);
        arguments.extend([go.display().to_string(), RECORDS.to_string()]);
        arguments.extend(CODECS.map(str::to_owned));
        let running = self.start(program, arguments, directory).await;
        let connections = watch(&running, tapped, &go).await;
        (Report::read(&running.ended().await), connections)
    }

    /// Compiles the Java program; returns the directory that it is in.
    async fn compile(&self, java: &Path) -> String {
        let into = self.directory().await;
        self.start(java, compiler(&into), into.clone()).await.ended().await;
        into.display().to_string()
    }

    async fn start(&self, program: &Path, arguments: Vec<String>, directory: PathBuf) -> Running {
        let mut spawn = Spawn::new("client", program.display().to_string());
        spawn.args = arguments;
        spawn.stdout = Output::File(directory.join("stdout"));
        spawn.stderr = Output::File(directory.join("stderr"));
        Running { process: self.warden().await.spawn(spawn).await.unwrap(), directory }
    }

    async fn directory(&self) -> PathBuf {
        self.warden().await.scratch(Owner::Client, "client").await.unwrap()
    }

    async fn warden(&self) -> &Warden {
        self.warden.get_or_init(async || Warden::connect().await.unwrap()).await
    }
}

/// A program at work.
struct Running {
    process: Process,
    /// What it writes is in here.
    directory: PathBuf,
}

impl Running {
    fn wrote(&self, stream: &str) -> String {
        std::fs::read_to_string(self.directory.join(stream)).unwrap_or_default()
    }

    /// What it wrote, once it has ended well.
    async fn ended(&self) -> String {
        let exit = timeout(LIMIT, self.process.exited()).await.ok();
        let (stdout, stderr) = (self.wrote("stdout"), self.wrote("stderr"));
        assert_eq!(
            exit,
            Some(Exit::Code(0)),
            "failed, or not done in {LIMIT:?}; it wrote: {stdout}\n{stderr}"
        );
        stdout
    }
}

/// Looks at a client's connections until it ends. Where it waits for `go` it is let go when they are those that the link has.
async fn watch(client: &Running, tapped: &Tapped, go: &Path) -> BTreeSet<Connection> {
    let (start, mut seen) = (Instant::now(), BTreeSet::new());
    while client.process.exit().is_none() {
        let now = connections::of(client.process.pid());
        let its: BTreeSet<SocketAddr> = now.iter().map(|(own, _)| *own).collect();
        let wrote = client.wrote("stdout");
        if start.elapsed() > LIMIT {
            let (open, stderr) = (tapped.open_connections(), client.wrote("stderr"));
            panic!("not done in {LIMIT:?}; it has {now:?}, the link {open:?}; it wrote: {wrote}\n{stderr}");
        }
        if report::is_waiting(&wrote) && !go.exists() && !its.is_empty() && its == tapped.open_connections() {
            std::fs::write(go, "").unwrap();
        }
        seen.extend(now);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    seen
}
