//! What only containers can do wrong: bad luck is told with its remedy, and nothing of it is left.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::FutureExt;
use pitfall_environment::{Environment, RunContainer, RunNetwork};
use pitfall_warden::{Owner, Warden};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::ContainerCreateBody;
use testcontainers::bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use crate::Named;
use crate::client::{self, Client};

pub(crate) const TRIALS: &[Named] = &[
    ("luck::no_engine", |_| no_engine().boxed_local()),
    ("luck::no_permission_on_the_socket", |_| no_permission().boxed_local()),
    ("luck::an_engine_that_is_too_old", |_| too_old().boxed_local()),
    ("luck::an_image_that_is_missing", |_| image_missing().boxed_local()),
    ("luck::an_image_that_is_another", |_| image_is_another().boxed_local()),
    ("luck::a_server_that_ends_at_once", |_| ends_at_once().boxed_local()),
    ("luck::a_port_that_is_taken", |_| port_taken().boxed_local()),
    ("luck::an_engine_that_goes_away", |_| engine_goes_away().boxed_local()),
    ("sweep::what_a_killed_holder_left_is_swept", |_| swept().boxed_local()),
    ("sweep::what_is_not_ours_is_left_alone", |_| not_ours().boxed_local()),
];

const LABEL: &str = "pitfall.holder";

async fn docker() -> Docker {
    docker_client_instance().await.expect("an engine")
}

pub(crate) async fn is_there(id: &str) -> bool {
    docker().await.inspect_container(id, None).await.is_ok()
}

/// Whether a process lives that has this text in its environment.
pub(crate) fn processes_with(text: &str) -> bool {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").expect("it is Linux").flatten();
    processes.filter(|entry| entry.file_name().to_str() != Some(&own)).any(|entry| {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(text)
    })
}

/// Names of containers whose holder does not live.
pub(crate) async fn orphans() -> Vec<String> {
    let filters = HashMap::from([("label".to_owned(), vec![LABEL.to_owned()])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let all = docker().await.list_containers(Some(options)).await.expect("the engine answers");
    let is_orphan = |labels: &HashMap<String, String>| {
        let holder = labels.get(LABEL).cloned().unwrap_or_default();
        let pid = holder.split('/').nth(2).unwrap_or_default().to_owned();
        !Path::new("/proc").join(pid).exists()
    };
    let orphans = all.into_iter().filter(|one| one.labels.as_ref().is_some_and(is_orphan));
    orphans.flat_map(|one| one.names.unwrap_or_default()).collect()
}

/// What a client with this environment says before it ends.
async fn complaint(variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().expect("a directory");
    let mut command = client::command("pair", Environment::Containers, home.path());
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("it ends").expect("the test binary starts again");
    assert!(!output.status.success(), "it was expected to fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no '{part}' in: {text}");
    }
}

async fn no_engine() {
    let said = complaint(&[("DOCKER_HOST", "unix:///nowhere/docker.sock")]).await;
    says(&said, &["cannot reach the Docker engine", "start Docker", "unset PITFALL_ENVIRONMENT"]);
}

/// A user who may not use the socket; root may use every one, so it plays an engine's refusal of the same words.
async fn no_permission() {
    let home = tempfile::tempdir().expect("a directory");
    let socket = home.path().join("s");
    let _listener = UnixListener::bind(&socket).expect("it is new");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&socket, mode).expect("it is ours");
    if !nix::unistd::geteuid().is_root() {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o000);
        std::fs::set_permissions(&socket, mode).expect("it is ours");
        let said = complaint(&[("DOCKER_HOST", &format!("unix://{}", socket.display()))]).await;
        return says(&said, &["ermission denied", "usermod -aG docker"]);
    }
    // As nobody, with everything it needs in places that nobody may read.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(home.path(), open).expect("it is ours");
    let binary = home.path().join("client");
    std::fs::copy("/proc/self/exe", &binary).expect("there is room");
    let output = std::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&binary)
        .env(client::ROLE, "pair")
        .env(Environment::VARIABLE, "containers")
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("PITFALL_CACHE", home.path())
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .output()
        .expect("setpriv is part of util-linux");
    says(&String::from_utf8_lossy(&output.stderr), &["ermission denied", "usermod -aG docker"]);
}

async fn too_old() {
    let home = tempfile::tempdir().expect("a directory");
    let socket = home.path().join("s");
    let listener = UnixListener::bind(&socket).expect("it is new");
    let engine = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let body = r#"{"Version":"1.12.6","ApiVersion":"1.24","MinAPIVersion":"1.12"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await;
        }
    });
    let said = complaint(&[("DOCKER_HOST", &format!("unix://{}", socket.display()))]).await;
    engine.abort();
    says(&said, &["it speaks API 1.24, and 1.41 is needed", "install Docker 20.10 or newer"]);
}

async fn image_missing() {
    let said = complaint(&[("PITFALL_IMAGE_MYSQL", "localhost:1/nobody/has-this:1")]).await;
    says(
        &said,
        &["localhost:1/nobody/has-this:1", "not on this machine", "ci/images", "PITFALL_IMAGE_MYSQL"],
    );
}

async fn image_is_another() {
    let said = complaint(&[("PITFALL_IMAGE_MYSQL", "pitfall/toxiproxy:local")]).await;
    says(&said, &["pitfall/toxiproxy:local", "\"sh\": executable file not found"]);
    assert_eq!(orphans().await, Vec::<String>::new());
}

async fn ends_at_once() {
    let said = complaint(&[("PITFALL_IMAGE_MYSQL", "pitfall/base:local")]).await;
    says(&said, &["MySQL ended with exit code 127", "mysqld: not found", "its last lines"]);
}

async fn port_taken() {
    let warden = Warden::connect().await.expect("the warden starts");
    let network = RunNetwork::start(&warden, &Owner::Client).await.unwrap_or_else(|error| panic!("{error}"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let container = RunContainer {
        name: "consumer".into(),
        image: "pitfall/toxiproxy:local".into(),
        command: Vec::new(),
        env: Vec::new(),
        publish: vec![(8474, taken.local_addr().expect("it is bound"))],
    };
    let directory = tempfile::tempdir().expect("a directory");
    let spawn = network.spawn(&container, directory.path()).expect("there is room");
    let holder = warden.spawn(spawn).await.expect("it starts");

    let refused =
        network.pid("consumer", &holder, directory.path()).await.expect_err("the port is taken").to_string();

    says(
        &refused,
        &["start consumer from image pitfall/toxiproxy:local", "address already in use", "ss -ltnp"],
    );
    assert_eq!(holder.exited().await.to_string(), "exit code 1");
    let name = |one: &str| one.contains("consumer");
    assert!(!orphans().await.iter().any(|one| name(one)), "what was begun is left");
}

/// Stands between a client and its engine; cut, it is an engine that went away.
struct Relay {
    socket: PathBuf,
    task: JoinHandle<()>,
}

impl Relay {
    fn open(socket: &Path) -> Relay {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).expect("it is new");
        let task = tokio::spawn(async move {
            // Dropped with the task, and every connection with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut down, _)) = listener.accept().await {
                connections.spawn(async move {
                    let mut up = UnixStream::connect("/var/run/docker.sock").await.expect("an engine");
                    let _ = tokio::io::copy_bidirectional(&mut down, &mut up).await;
                });
            }
        });
        Relay { socket: socket.to_owned(), task }
    }

    async fn cut(self) -> PathBuf {
        self.task.abort();
        let _ = self.task.await;
        std::fs::remove_file(&self.socket).expect("it is ours");
        self.socket
    }
}

/// While it is away, what was shared counts as broken; when it is back, what ran on it is removed.
async fn engine_goes_away() {
    let home = tempfile::tempdir().expect("a directory");
    let relay = Relay::open(&home.path().join("engine.sock"));
    let host = format!("unix://{}", relay.socket.display());
    let mut first = Client::start_with(Environment::Containers, home.path(), &[("DOCKER_HOST", &host)]);
    let environment = tokio::task::spawn_blocking(move || (first.environment(), first));
    let (environment, first) = environment.await.expect("it starts");
    let id = id_of(&environment.kafka.server);
    assert!(is_there(&id).await);

    let socket = relay.cut().await;
    let mut second = client::command("shared", Environment::Containers, home.path());
    second.env("DOCKER_HOST", &host);
    let said =
        tokio::task::spawn_blocking(move || second.output()).await.expect("it ends").expect("it starts");
    says(&String::from_utf8_lossy(&said.stderr), &["cannot reach the Docker engine", "start Docker"]);

    let _relay = Relay::open(&socket);
    within("what ran on it is removed", async || !is_there(&id).await).await;
    first.kill();
}

fn id_of(server: &pitfall_environment::Server) -> String {
    let data = serde_json::to_value(server).expect("it is data");
    data["runs"]["Container"]["id"].as_str().expect("a container").to_owned()
}

async fn within(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not within 60 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Holder, warden and client, all at once and without a chance to clear up.
async fn swept() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(Environment::Containers, home.path());
    let id = id_of(&client.environment().kafka.server);
    let holder = holder_of(&id).await;
    // The guard is the warden's parent; it would give the holder its time.
    for victim in [parent(parent(holder)), parent(holder), holder] {
        let victim = nix::unistd::Pid::from_raw(victim);
        nix::sys::signal::kill(victim, nix::sys::signal::Signal::SIGKILL).expect("it lives");
    }
    client.kill();
    assert!(is_there(&id).await, "nobody was there to remove it");

    let mut next = Client::start(Environment::Containers, home.path());
    next.environment();

    within("the next start sweeps", async || !is_there(&id).await).await;
    next.kill();
}

async fn holder_of(id: &str) -> i32 {
    let found = docker().await.inspect_container(id, None).await.expect("it is there");
    let labels = found.config.and_then(|config| config.labels).expect("it has labels");
    labels[LABEL].split('/').nth(2).and_then(|pid| pid.parse().ok()).expect("a process id")
}

fn parent(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
    let rest = stat.rsplit_once(") ").expect("a name").1;
    rest.split(' ').nth(1).and_then(|parent| parent.parse().ok()).expect("a number")
}

async fn not_ours() {
    let docker = docker().await;
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("it is Linux");
    let own = format!("{}/{}", host.trim(), nix::unistd::geteuid());
    let living = {
        let stat = std::fs::read_to_string("/proc/self/stat").expect("it is Linux");
        let started =
            stat.rsplit_once(") ").expect("a name").1.split(' ').nth(19).expect("a field").to_owned();
        format!("{own}/{}/{started}", std::process::id())
    };
    // Nobody's, another host's, another user's, a living one's; and one that is to go, to know when it is over.
    let others = ["", "elsewhere/0/4999999/1", &format!("{own}7/4999999/1"), &living];
    let mut left = Vec::new();
    for (number, holder) in others.into_iter().chain([format!("{own}/4999999/1").as_str()]).enumerate() {
        let labels = HashMap::from([(LABEL.to_owned(), holder.to_owned())]);
        let labels = if holder.is_empty() { HashMap::new() } else { labels };
        let body = ContainerCreateBody {
            image: Some("pitfall/toxiproxy:local".into()),
            labels: Some(labels),
            ..Default::default()
        };
        let name = format!("pitfall-test-{}-{number}", std::process::id());
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        left.push(docker.create_container(Some(options), body).await.expect("it is new").id);
    }
    let abandoned = left.pop().expect("five were made");

    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(Environment::Containers, home.path());
    client.environment();
    within("the abandoned one is swept", async || !is_there(&abandoned).await).await;
    client.end();

    for id in left {
        assert!(is_there(&id).await, "one that is not ours was removed");
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        docker.remove_container(&id, Some(options)).await.expect("it is ours");
    }
}
