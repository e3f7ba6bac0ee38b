//! A Toxiproxy server in a container, for as long as the cases run.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

/// Names another image.
const VARIABLE: &str = "PITFALL_IMAGE_TOXIPROXY";
const IMAGES: [&str; 2] = ["ghcr.io/shopify/toxiproxy:2.12.0", "pitfall/toxiproxy:local"];
const LIMIT: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(20);

/// The server, once somebody has asked for it.
#[derive(Default)]
pub(crate) struct Server {
    started: Mutex<Option<Result<Container, String>>>,
}

struct Container {
    id: String,
    api: SocketAddr,
}

/// Why there can be no server, if so. Starts nothing.
pub(crate) fn unmet() -> Option<String> {
    if std::env::var_os("PITFALL_NO_CONTAINERS").is_some() {
        return Some("PITFALL_NO_CONTAINERS is set".to_owned());
    }
    image().err()
}

/// Takes the server along when we are told to end.
pub(crate) fn stop_on_signal(server: &Arc<Server>) {
    let server = Arc::clone(server);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut term = signal(SignalKind::terminate()).expect("a signal");
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
        });
        server.stop();
        std::process::exit(130);
    });
}

impl Server {
    /// Where it is driven; starts it if it does not run.
    pub(crate) fn api(&self) -> Result<SocketAddr, String> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.get_or_insert_with(start).as_ref().map(|container| container.api).map_err(Clone::clone)
    }

    pub(crate) fn stop(&self) {
        if let Some(Ok(container)) = self.started.lock().unwrap_or_else(PoisonError::into_inner).take() {
            container.remove();
        }
    }
}

impl Container {
    fn remove(&self) {
        if let Err(error) = docker(&["rm", "--force", &self.id]) {
            eprintln!("the container {} is left: {error}", self.id);
        }
    }
}

fn image() -> Result<String, String> {
    let named = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
    let images = named.map_or(IMAGES.map(str::to_owned).to_vec(), |name| vec![name]);
    let mut seen = String::new();
    for image in images {
        match docker(&["image", "inspect", &image]) {
            Ok(_) => return Ok(image),
            Err(error) => seen = error,
        }
    }
    Err(format!("no image of Toxiproxy ({}): `ci/images` builds one", seen.trim()))
}

fn start() -> Result<Container, String> {
    let image = image()?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let api = free.map_err(|error| format!("no free port: {error}"))?;
    let (label, port) = (format!("--label=pitfall.holder={}", holder()), format!("-port={}", api.port()));
    let run = ["run", "--detach", "--network=host", &label, &image, "-host=127.0.0.1", &port];
    let container = Container { id: docker(&run)?.trim().to_owned(), api };
    let deadline = Instant::now() + LIMIT;
    while let Err(error) = TcpStream::connect(api) {
        if Instant::now() > deadline {
            let log = docker(&["logs", &container.id]).unwrap_or_else(|error| error);
            container.remove();
            return Err(format!("nothing listens on {api} within {LIMIT:?}: {error}; its log: {log}"));
        }
        thread::sleep(INTERVAL);
    }
    Ok(container)
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
fn docker(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("docker");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("docker cannot be run: {error}"))?;
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let reading = |pipe: &mut Option<_>| pipe.take().map(|pipe| thread::spawn(move || all(pipe)));
    let out = reading(&mut stdout);
    let err = stderr.take().map(|pipe| thread::spawn(move || all(pipe)));
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(INTERVAL),
            other => {
                let _ = child.kill();
                return Err(format!("docker {} not done within {LIMIT:?}: {other:?}", arguments[0]));
            }
        }
    };
    let text = |reader: Option<thread::JoinHandle<String>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    let (out, err) = (text(out), text(err));
    if status.success() { Ok(out) } else { Err(err) }
}

fn all(mut pipe: impl Read) -> String {
    let mut text = String::new();
    let _ = pipe.read_to_string(&mut text);
    text
}
