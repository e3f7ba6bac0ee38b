//! What is started ends: with the last client, and with one that was killed.

use std::io::BufRead;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::FutureExt;
use pitfall_environment::SharedEnvironment;

use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("lifetime::nothing_is_left_after_kill", || nothing_is_left(true).boxed()),
    ("lifetime::nothing_is_left_after_the_end", || nothing_is_left(false).boxed()),
    ("lifetime::many_processes_share_one", || many_processes_share_one().boxed()),
    ("lifetime::a_dead_broker_shows", || a_dead_broker_shows().boxed()),
];

/// What the test binary does as a client: prints the environment, then waits for its standard input to end.
pub(crate) async fn client() {
    let (_warden, environment) = shared().await;
    println!("{}", serde_json::to_string(&environment).expect("it is data"));
    std::io::stdin().lines().for_each(drop);
}

/// A client whose warden lives below `home`.
fn start(home: &Path) -> (std::process::Child, impl FnOnce(&mut std::process::Child) -> SharedEnvironment) {
    let child = Command::new("/proc/self/exe")
        .env("PITFALL_TEST_ROLE", "client")
        .env("TMPDIR", home)
        .env("XDG_RUNTIME_DIR", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test binary starts again");
    let read = |child: &mut std::process::Child| {
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        std::io::BufReader::new(output).read_line(&mut line).expect("it writes");
        serde_json::from_str(&line).expect("an environment")
    };
    (child, read)
}

async fn nothing_is_left(killed: bool) {
    let home = tempfile::tempdir().expect("a directory");
    let (mut child, read) = start(home.path());
    let environment = read(&mut child);
    let addresses =
        [environment.kafka.address, environment.pair.source.address, environment.pair.replica.address];
    let pids = [environment.kafka.pid, environment.pair.source.pid, environment.pair.replica.pid];
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()));
    assert!(pids.iter().all(|pid| PathBuf::from(format!("/proc/{pid}")).exists()));

    if killed {
        child.kill().expect("it is ours");
    }
    drop(child.stdin.take());
    child.wait().expect("it is ours");

    let start = Instant::now();
    let left = || {
        pids.iter().any(|pid| PathBuf::from(format!("/proc/{pid}")).exists())
            || addresses.iter().any(|address| TcpStream::connect(address).is_ok())
            || environment.kafka.log.exists()
    };
    while left() {
        assert!(start.elapsed() < Duration::from_secs(20), "servers or scratch outlive their client");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn many_processes_share_one() {
    let home = tempfile::tempdir().expect("a directory");
    let mut clients: Vec<_> = (0..4).map(|_| start(home.path())).collect();

    let seen: Vec<_> = clients.drain(..).map(|(mut child, read)| (read(&mut child), child)).collect();

    assert!(seen.iter().all(|(environment, _)| environment.kafka.pid == seen[0].0.kafka.pid));
    for (_, mut child) in seen {
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
    }
}

async fn a_dead_broker_shows() {
    let home = tempfile::tempdir().expect("a directory");
    let (mut child, read) = start(home.path());
    let first = read(&mut child);
    let broker = nix::unistd::Pid::from_raw(first.kafka.pid);
    nix::sys::signal::kill(broker, nix::sys::signal::Signal::SIGKILL).expect("it lives");

    let (mut other, read) = start(home.path());
    let second = read(&mut other);

    assert_ne!(second.kafka.pid, first.kafka.pid, "a broken environment is started anew, not handed out");
    for mut client in [child, other] {
        client.kill().expect("it is ours");
        client.wait().expect("it is ours");
    }
}
