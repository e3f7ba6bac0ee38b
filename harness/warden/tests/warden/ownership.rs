//! What a client owns dies with it, however it ends; nothing outlives the warden.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::{Client, running, within};

/// Longer than anything awaited here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

type Test = fn();

pub(crate) const TRIALS: &[(&str, Test)] = &[
    ("ownership::killed_client", || end_of_client("1", Client::kill)),
    ("ownership::client_that_ends", || end_of_client("2", Client::wait)),
    ("ownership::client_that_panics", || {
        end_of_client("3", |mut client| {
            client.tell("panic");
            client.wait();
        });
    }),
    ("ownership::killed_server", || end_of_warden("4", |server| vec![server])),
    ("ownership::killed_guard", || end_of_warden("5", |server| vec![parent(server)])),
    ("ownership::killed_server_and_guard", || end_of_warden("6", |server| vec![parent(server), server])),
    ("ownership::terminated_guard", terminated_guard),
    ("ownership::other_clients_keep_theirs", other_clients_keep_theirs),
    ("ownership::exits_signals_and_outputs", exits_signals_and_outputs),
    ("ownership::a_client_starts_its_own_program_again", a_client_starts_its_own_program_again),
    ("ownership::kill_ends_the_whole_group", kill_ends_the_whole_group),
    ("ownership::a_stopped_group_stands_still", a_stopped_group_stands_still),
    ("ownership::grace_is_given_when_the_client_is_killed", || grace_is_given(Client::kill)),
    ("ownership::grace_is_given_at_a_clean_end", || grace_is_given(Client::wait)),
    ("ownership::grace_ends", grace_ends),
    ("ownership::abandoned_scratch_is_swept", abandoned_scratch_is_swept),
];

/// A child, a child of it in a session of its own, and one that also left its parent: all marked.
fn family(client: &mut Client, mark: &str) {
    let script = format!(
        "sh client setsid sleep 1000.{mark} & setsid sh -c 'sleep 1001.{mark} & exit' & exec sleep 1002.{mark}"
    );
    client.ask(&script);
    within(LIMIT, "three sleepers", || {
        (1000..=1002).all(|number| running(&format!("sleep\0{number}.{mark}")) == 1)
    });
}

fn end_of_client(mark: &str, end: impl Fn(Client)) {
    let home = tempfile::tempdir().expect("a directory");
    let (mut client, mut other) = (Client::start(home.path()), Client::start(home.path()));
    let mark = &format!("{}{mark}", std::process::id());
    family(&mut client, mark);
    let (pid, trial) = (std::process::id(), mark.as_bytes()[mark.len() - 1] - b'0');
    let address = format!("127.{}.{}.{}:4711", 40 + trial, pid / 250 % 250, pid % 250 + 1);
    client.ask(&format!("listen {address}"));
    within(LIMIT, "it listens", || TcpStream::connect(&address).is_ok());
    let scratch = client.ask("scratch client");
    assert!(Path::new(&scratch).is_dir());

    end(client);

    within(LIMIT, "all sleepers are gone", || running(&format!(".{mark}")) == 0);
    within(LIMIT, "the port is free", || TcpListener::bind(&address).is_ok());
    within(LIMIT, "the scratch is gone", || !Path::new(&scratch).exists());
    let server = other.ask("warden");
    other.kill();
    gone(home.path(), &server);
}

/// The warden is gone, and so are its socket and scratch.
fn gone(home: &Path, server: &str) {
    within(LIMIT, "the warden is gone", || !Path::new("/proc").join(server).exists());
    within(LIMIT, "only logs and locks are left", || leftovers(home).is_empty());
}

fn leftovers(home: &Path) -> Vec<String> {
    let mut left = Vec::new();
    let uid = nix::unistd::getuid();
    for directory in ["pitfall".to_owned(), format!("pitfall-{uid}"), format!("pitfall-{uid}/scratch")] {
        for entry in home.join(directory).read_dir().expect("it exists").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if ![".lock", ".log", "scratch"].iter().any(|known| name.ends_with(known)) {
                left.push(name);
            }
        }
    }
    left
}

fn end_of_warden(mark: &str, victims: impl Fn(i32) -> Vec<i32>) {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let mark = &format!("{}{mark}", std::process::id());
    client.ask(&format!("sh client exec sleep 1000.{mark}"));
    let server = client.ask("warden").parse().expect("a process id");
    let victims = victims(server);
    // With the guard alive, even those that left group, session and parents.
    let sure = if victims == [server] {
        family(&mut client, &format!("9{mark}"));
        format!("{mark}\0")
    } else {
        format!("sleep\01000.{mark}\0")
    };
    client.tell("lost");

    for victim in victims {
        kill(Pid::from_raw(victim), Signal::SIGKILL).expect("it lives");
    }

    within(LIMIT, "the children are gone", || running(&sure) == 0);
    assert!(client.hear().contains("the warden is gone"));
    let mut next = Client::start(home.path());
    assert_ne!(next.ask("warden"), server.to_string());
    let server = next.ask("warden");
    next.kill();
    client.kill();
    gone(home.path(), &server);
}

fn parent(pid: i32) -> i32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("it has a parent");
    line.trim().parse().expect("a number")
}

fn terminated_guard() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let mark = &format!("{}7", std::process::id());
    family(&mut client, mark);
    let server = client.ask("warden");

    kill(Pid::from_raw(parent(server.parse().expect("a number"))), Signal::SIGTERM).expect("it lives");

    within(LIMIT, "all sleepers are gone", || running(&format!(".{mark}")) == 0);
    gone(home.path(), &server);
    client.kill();
}

fn other_clients_keep_theirs() {
    let home = tempfile::tempdir().expect("a directory");
    let (mut one, mut two) = (Client::start(home.path()), Client::start(home.path()));
    let mark = &format!("{}8", std::process::id());
    family(&mut one, &format!("1{mark}"));
    family(&mut two, &format!("2{mark}"));

    one.kill();

    within(LIMIT, "the first one's are gone", || running(&format!(".1{mark}")) == 0);
    assert_eq!(running(&format!("sleep\01000.2{mark}")), 1);
    assert_eq!(running(&format!("sleep\01001.2{mark}")), 1);
    two.kill();
    within(LIMIT, "the second one's are gone", || running(&format!(".2{mark}")) == 0);
}

fn exits_signals_and_outputs() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let file = home.path().join("out");

    assert_eq!(client.ask(&format!("write {}", file.display())), "exit code 3, again exit code 3");
    assert_eq!(std::fs::read_to_string(file).expect("it was written"), "written\n");
    let missing = client.ask("missing");
    assert!(
        missing.contains("start ghost (no-such-program)") && missing.contains("was not found"),
        "{missing}"
    );
    let pid = client.ask("sh client exec sleep 1000");
    let mut other = Client::start(home.path());
    other.tell(&format!("attach {pid}"));
    assert_eq!(client.ask("term"), "SIGTERM");
    assert_eq!(other.hear(), "SIGTERM");
    client.wait();
    other.wait();
}

fn a_client_starts_its_own_program_again() {
    let home = tempfile::tempdir().expect("a directory");
    let program = home.path().join("another");
    std::fs::copy("/proc/self/exe", &program).expect("there is room");
    let mut first = Client::start(home.path());
    // It is the warden's program that is this one.
    first.ask("warden");
    let mut other = Client::of(&program, home.path());

    let pid = other.ask("listen 127.0.0.1:0");
    let started = std::fs::read_link(format!("/proc/{pid}/exe")).expect("it runs");

    assert_eq!(started, program);
    first.wait();
    other.wait();
}

fn kill_ends_the_whole_group() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let mark = &format!("{}9", std::process::id());
    client.ask(&format!("sh client sleep 1000.{mark} & sleep 1001.{mark}; true"));
    within(LIMIT, "two sleepers", || {
        running(&format!("sleep\01000.{mark}")) + running(&format!("sleep\01001.{mark}")) == 2
    });

    assert_eq!(client.ask("kill"), "SIGKILL");

    assert_eq!(running(&format!(".{mark}")), 0);
    client.wait();
}

fn a_stopped_group_stands_still() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    // More that want to work than there are cores: a signal reaches each when it comes to run.
    let mark = &format!("still.{}", std::process::id());
    client.ask(&format!("sh client : {mark}; for _ in $(seq 40); do while :; do :; done & done; wait"));
    within(LIMIT, "forty at work", || running(mark) == 41);

    for _ in 0..5 {
        let states = client.ask("stop");
        assert!(!states.is_empty() && states.chars().all(|state| state == 'T'), "{states}");
        assert_eq!(client.ask("go-on"), "sent");
    }

    assert_eq!(client.ask("kill"), "SIGKILL");
    client.wait();
}

/// What clears up when it is asked to end, and takes its time for it.
fn tidy(home: &Path) -> String {
    let (ready, tidied) = (home.join("ready"), home.join("tidied"));
    let trap = format!("trap 'sleep 0.3; touch {}; exit 0' TERM", tidied.display());
    format!("{trap}; touch {}; while :; do sleep 0.01; done", ready.display())
}

fn grace_is_given(end: impl Fn(Client)) {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let server = client.ask("warden");
    let pid = client.ask(&format!("graceful 10000 {}", tidy(home.path())));
    within(LIMIT, "it has set its trap", || home.path().join("ready").exists());

    end(client);

    within(LIMIT, "it is gone", || !Path::new("/proc").join(&pid).exists());
    assert!(home.path().join("tidied").exists(), "it was killed before it had cleared up");
    within(LIMIT, "the warden is gone", || !Path::new("/proc").join(&server).exists());
}

fn grace_ends() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let ready = home.path().join("ready");
    client
        .ask(&format!("graceful 200 trap '' TERM; touch {}; while :; do sleep 0.01; done", ready.display()));
    within(LIMIT, "it has set its trap", || ready.exists());

    assert_eq!(client.ask("kill"), "SIGKILL");

    client.wait();
}

fn abandoned_scratch_is_swept() {
    let home = tempfile::tempdir().expect("a directory");
    let mut client = Client::start(home.path());
    let scratch = client.ask("scratch client");
    let server: i32 = client.ask("warden").parse().expect("a number");
    for victim in [parent(server), server] {
        kill(Pid::from_raw(victim), Signal::SIGKILL).expect("it lives");
    }
    client.kill();
    assert!(Path::new(&scratch).exists());

    let mut next = Client::start(home.path());
    next.ask("warden");

    assert!(!Path::new(&scratch).exists());
    next.kill();
}
