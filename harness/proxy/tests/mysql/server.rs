//! A database server in a container, for as long as the cases run.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::{Conn, OptsBuilder};

pub(crate) const PASSWORD: &str = "pit fall";
/// A first start initialises its data.
const LIMIT: Duration = Duration::from_secs(180);

/// A server, once somebody has asked for it.
pub(crate) struct Server {
    pub(crate) image: &'static str,
    started: Mutex<Option<Result<(String, SocketAddr), String>>>,
}

impl Server {
    pub(crate) const fn of(image: &'static str) -> Self {
        Self { image, started: Mutex::new(None) }
    }

    /// Why there can be none, if so. Starts nothing.
    pub(crate) fn unmet(&self) -> Option<String> {
        if std::env::var_os("PITFALL_NO_CONTAINERS").is_some() {
            return Some("PITFALL_NO_CONTAINERS is set".to_owned());
        }
        let error = docker(&["image", "inspect", self.image]).err()?;
        Some(format!("no image {} ({}): `ci/images` builds one", self.image, error.trim()))
    }

    /// Where it listens; starts it if it does not run.
    pub(crate) fn address(&self) -> Result<SocketAddr, String> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.get_or_insert_with(|| self.start()).as_ref().map(|started| started.1).map_err(Clone::clone)
    }

    pub(crate) fn stop(&self) {
        if let Some(Ok((id, _))) = self.started.lock().unwrap_or_else(PoisonError::into_inner).take() {
            remove(&id);
        }
    }

    fn start(&self) -> Result<(String, SocketAddr), String> {
        let label = format!("--label=pitfall.holder={}", holder());
        let password = format!("--env=MYSQL_ROOT_PASSWORD={PASSWORD}");
        let server = if self.image.contains("mariadb") { "mariadbd" } else { "mysqld" };
        let run = ["run", "--detach", "--publish=127.0.0.1::3306", &label, &password, self.image, server];
        let options = ["--max-allowed-packet=128M", "--local-infile=1"];
        let id = docker(&[&run[..], &options].concat())?.trim().to_owned();
        let ready = published(&id).and_then(|address| ready(address).map(|()| address));
        ready.map(|address| (id.clone(), address)).map_err(|error| {
            let log = docker(&["logs", "--tail=20", &id]).unwrap_or_else(|error| error);
            remove(&id);
            format!("{}: {error}; its log: {log}", self.image)
        })
    }
}

fn remove(id: &str) {
    if let Err(error) = docker(&["rm", "--force", "--volumes", id]) {
        eprintln!("the container {id} is left: {error}");
    }
}

fn published(id: &str) -> Result<SocketAddr, String> {
    let said = docker(&["port", id, "3306/tcp"])?;
    said.lines()
        .find_map(|line| line.trim().parse().ok())
        .ok_or_else(|| format!("docker port says `{}`", said.trim()))
}

/// Who logs in as root.
pub(crate) fn root(at: SocketAddr) -> OptsBuilder {
    // On the loopback interface it would look for a socket of the server and leave the link.
    OptsBuilder::default()
        .ip_or_hostname(at.ip().to_string())
        .tcp_port(at.port())
        .user(Some("root"))
        .pass(Some(PASSWORD))
        .prefer_socket(false)
}

/// Waits until somebody can log in.
fn ready(at: SocketAddr) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let deadline = Instant::now() + LIMIT;
        loop {
            let connecting = tokio::time::timeout(Duration::from_secs(10), Conn::new(root(at)));
            let error = match connecting.await {
                Ok(Ok(conn)) => return conn.disconnect().await.map_err(|error| error.to_string()),
                Ok(Err(error)) => error.to_string(),
                Err(elapsed) => elapsed.to_string(),
            };
            if Instant::now() > deadline {
                return Err(format!("nobody can log in within {LIMIT:?}: {error}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
}

/// Who holds the container, as the environment's sweep understands it: should we be killed, it removes what is left.
fn holder() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let stat = read("/proc/self/stat");
    let started = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(19)).unwrap_or_default();
    let user = std::fs::metadata("/proc/self").map(|own| own.uid()).unwrap_or_default();
    format!("{}/{user}/{}/{started}", read("/proc/sys/kernel/hostname").trim(), std::process::id())
}

/// What a docker command wrote.
pub(crate) fn docker(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("timeout");
    let output = command.args(["60", "docker"]).args(arguments).output();
    let output = output.map_err(|error| format!("docker cannot be run: {error}"))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}
