//! One environment for many processes: started once, handed on, ended with the last client.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::{Client, running, within};

/// Longer than anything awaited here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// How long the warden keeps a share without a client.
const GRACE: Duration = Duration::from_millis(300);

type Test = fn();

pub(crate) const TRIALS: &[(&str, Test)] = &[
    ("sharing::started_once_for_all", started_once_for_all),
    ("sharing::killed_starter_is_succeeded", || succeeded("1", Client::kill)),
    ("sharing::starter_that_drops_its_lease_is_succeeded", || {
        succeeded("2", |mut client| {
            assert_eq!(client.ask("drop"), "dropped");
            // Stays connected: only its lease is gone.
            std::mem::forget(client);
        });
    }),
    ("sharing::outlives_its_starter_and_a_short_gap", outlives_its_starter_and_a_short_gap),
    ("sharing::broken_share_is_started_anew", broken_share_is_started_anew),
    ("sharing::who_stops_waiting_is_passed_over", who_stops_waiting_is_passed_over),
    ("sharing::many_clients_at_once_start_one_warden", many_clients_at_once_start_one_warden),
];

fn started_once_for_all() {
    let home = tempfile::tempdir().expect("a directory");
    let mut clients: Vec<Client> = (0..5).map(|_| Client::start(home.path())).collect();
    assert_eq!(clients[0].ask("share k"), "start");
    for client in &mut clients[1..] {
        client.tell("share k");
    }

    assert_eq!(clients[0].ask("publish {\"port\":1}"), "published");

    for client in &mut clients[1..] {
        assert_eq!(client.hear(), "ready {\"port\":1}");
    }
    clients.into_iter().for_each(Client::kill);
}

fn succeeded(mark: &str, end: impl Fn(Client)) {
    let home = tempfile::tempdir().expect("a directory");
    let mark = &format!("{}{mark}1", std::process::id());
    let (mut first, mut second) = (Client::start(home.path()), Client::start(home.path()));
    assert_eq!(first.ask("share k"), "start");
    first.ask(&format!("sh k setsid sleep 1000.{mark} & exec sleep 1000.{mark}"));
    let scratch = first.ask("scratch k");
    within(LIMIT, "it runs", || running(&format!("sleep\01000.{mark}")) == 2);
    second.tell("share k");

    end(first);

    assert_eq!(second.hear(), "start");
    assert_eq!(running(&format!("sleep\01000.{mark}")), 0, "the next one starts when nothing is left");
    assert!(!Path::new(&scratch).exists());
    second.kill();
}

fn outlives_its_starter_and_a_short_gap() {
    let home = tempfile::tempdir().expect("a directory");
    let mark = &format!("{}31", std::process::id());
    // On a busy machine the gap may turn out too long; then the servers are rightly gone, and it is tried again.
    let mut second = std::iter::repeat_with(|| {
        let mut first = Client::start(home.path());
        assert_eq!(first.ask("share k"), "start");
        first.ask(&format!("sh k exec sleep 1000.{mark}"));
        first.ask("publish here");

        let gap = Instant::now();
        first.kill();
        let mut second = Client::start(home.path());
        let answer = second.ask("share k");
        if answer == "ready here" {
            return Some(second);
        }
        assert!(gap.elapsed() > GRACE, "{answer} after {:?}", gap.elapsed());
        second.kill();
        within(LIMIT, "the share is gone", || running(&format!("sleep\01000.{mark}")) == 0);
        None
    })
    .take(20)
    .flatten()
    .next()
    .expect("one gap in 20 is short");

    assert_eq!(running(&format!("sleep\01000.{mark}")), 1);
    let server = second.ask("warden");
    second.kill();
    within(LIMIT, "it ends with the last client", || running(&format!("sleep\01000.{mark}")) == 0);
    within(LIMIT, "the warden too", || !Path::new("/proc").join(&server).exists());
}

fn broken_share_is_started_anew() {
    let home = tempfile::tempdir().expect("a directory");
    let (mut first, mut second) = (Client::start(home.path()), Client::start(home.path()));
    first.ask("share k");
    first.ask("sh k exec sleep 1000");
    first.ask("publish here");
    assert_eq!(second.ask("share k"), "ready here");

    first.ask("kill");

    assert_eq!(second.ask("share k"), "start");
    first.kill();
    second.kill();
}

fn who_stops_waiting_is_passed_over() {
    let home = tempfile::tempdir().expect("a directory");
    let mut clients: Vec<Client> = (0..3).map(|_| Client::start(home.path())).collect();
    assert_eq!(clients[0].ask("share k"), "start");
    assert_eq!(clients[1].ask("give-up k"), "gave up: true");
    clients[2].tell("share k");

    clients[0].ask("drop");

    assert_eq!(clients[2].hear(), "start");
    clients.into_iter().for_each(Client::kill);
}

fn many_clients_at_once_start_one_warden() {
    for _ in 0..5 {
        let home = tempfile::tempdir().expect("a directory");
        let mut clients: Vec<Client> = (0..8).map(|_| Client::start(home.path())).collect();
        clients.iter_mut().for_each(|client| client.tell("warden"));

        let wardens: Vec<String> = clients.iter_mut().map(Client::hear).collect();

        assert!(wardens.iter().all(|warden| *warden == wardens[0]), "{wardens:?}");
        clients.into_iter().for_each(Client::kill);
    }
}
