//! What is started ends: with the last client, and with one that was killed.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures::FutureExt;
use pitfall_environment::{Environment, SharedEnvironment};
use pitfall_warden::Warden;

use crate::Named;
use crate::client::Client;

pub(crate) const TRIALS: &[Named] = &[
    ("lifetime::nothing_is_left_after_kill", |env| nothing_is_left(env, Client::kill).boxed_local()),
    ("lifetime::nothing_is_left_after_the_end", |env| nothing_is_left(env, Client::end).boxed_local()),
    ("lifetime::nothing_is_left_after_interrupt", |env| nothing_is_left(env, interrupt).boxed_local()),
    ("lifetime::nothing_is_left_of_a_start_that_was_killed", |env| killed_early(env).boxed_local()),
    ("lifetime::many_processes_share_one", |environment| many_processes_share_one(environment).boxed_local()),
    ("lifetime::a_dead_broker_shows", |environment| a_dead_broker_shows(environment).boxed_local()),
];

const LIMIT: Duration = Duration::from_secs(40);

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn interrupt(client: Client) {
    let pid = nix::unistd::Pid::from_raw(client.pid());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it lives");
    client.end();
}

async fn nothing_is_left(environment: Environment, end: fn(Client)) {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(environment, home.path());
    let started = client.environment();
    let addresses = [started.kafka.address, started.pair.source.address, started.pair.replica.address];
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()));
    assert_eq!(left(&started).await, 3);

    end(client);

    until("servers end with their client", async || {
        left(&started).await == 0 && addresses.iter().all(|address| TcpStream::connect(address).is_err())
    })
    .await;
    until("scratch is removed", async || {
        !std::fs::read_dir(home.path().join(format!("pitfall-{}/scratch", nix::unistd::geteuid())))
            .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
    })
    .await;
}

/// How many of its servers are still there, running or not.
async fn left(started: &SharedEnvironment) -> usize {
    let servers = [&started.kafka.server, &started.pair.source.server, &started.pair.replica.server];
    let mut count = 0;
    for server in servers {
        let data = serde_json::to_value(server).expect("it is data");
        count += usize::from(match data["runs"]["Process"]["pid"].as_i64() {
            Some(pid) => std::path::Path::new("/proc").join(pid.to_string()).exists(),
            None => {
                crate::containers::is_there(data["runs"]["Container"]["id"].as_str().expect("an id")).await
            }
        });
    }
    count
}

/// At moments all over the start.
async fn killed_early(environment: Environment) {
    for milliseconds in [50, 300, 700, 1200] {
        let home = tempfile::tempdir().expect("a directory");
        let client = Client::start(environment, home.path());
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        client.kill();
        until("no process is left that knows this home", async || {
            !crate::containers::processes_with(home.path().to_str().expect("UTF-8"))
        })
        .await;
    }
    if environment == Environment::Containers {
        until("no container is left whose holder is gone", async || {
            crate::containers::orphans().await.is_empty()
        })
        .await;
    }
}

async fn many_processes_share_one(environment: Environment) {
    let home = tempfile::tempdir().expect("a directory");
    let clients: Vec<Client> = (0..4).map(|_| Client::start(environment, home.path())).collect();

    let mut seen = Vec::new();
    for mut client in clients {
        seen.push((client.environment().kafka.address, client));
    }

    assert!(seen.iter().all(|(address, _)| *address == seen[0].0));
    seen.into_iter().for_each(|(_, client)| client.kill());
}

async fn a_dead_broker_shows(environment: Environment) {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(environment, home.path());
    let first = client.environment();
    let data = serde_json::to_value(&first.kafka.server).expect("it is data");
    match data["runs"]["Process"]["pid"].as_i64() {
        Some(pid) => {
            let broker = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a number"));
            nix::sys::signal::kill(broker, nix::sys::signal::Signal::SIGKILL).expect("it lives");
        }
        None => {
            let warden = Warden::connect().await.expect("the warden starts");
            first.kafka.server.kill(&warden).await.expect("it lives");
        }
    }
    let mut other = Client::start(environment, home.path());
    let second = other.environment();

    assert_ne!(
        second.kafka.address, first.kafka.address,
        "a broken environment is started anew, not handed out"
    );
    client.kill();
    other.kill();
}
