//! The program's events are followed again where the stream broke; where they cannot be, that shows.

use std::{collections::BTreeMap, net::SocketAddr, sync::Mutex, time::Duration};

use nix::sys::signal::Signal;
use pitfall_platform::{Platform, PlatformError};
use serde_json::Value;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep, timeout},
};

use crate::{
    detour::Detour,
    program::Program,
    world::{COLLECT, LIMIT, Told, World, config},
};

/// Numbers of the requests that were told, each with the event's name.
fn requests(world: &World) -> Vec<String> {
    let told = world.told_so_far().into_iter().map(|seen| {
        let fields = serde_json::to_value(&seen.what).unwrap();
        format!("{} {}", seen.what.name(), fields["request"])
    });
    told.collect()
}

async fn failed(platform: &Platform) -> String {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(reason) = platform.failed() {
            return reason;
        }
        assert!(Instant::now() < deadline, "the platform has not failed within {LIMIT:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_stream_is_resumed_where_it_broke() {
    let program = Program::start(&config()).await;
    let control = program.control();
    let detour = Detour::to(control).await;
    let world = World::remote_by(program, detour.address).await;
    world.get(COLLECT, "/").await;
    world.told().await;
    detour.cut();
    world.get(COLLECT, "/").await;
    world.get(COLLECT, "/").await;
    assert_eq!(requests(&world), ["request 1", "answer 1"]);
    detour.mend(control);
    world.told().await;
    world.get(COLLECT, "/").await;
    world.told().await;
    let each_once: Vec<String> =
        (1..=4).flat_map(|n| [format!("request {n}"), format!("answer {n}")]).collect();
    assert_eq!(requests(&world), each_once);
    assert_eq!(world.platform.failed(), None);
}

#[tokio::test]
async fn events_are_kept_and_told_from_a_number_on() {
    let world = World::remote().await;
    for _ in 0..3 {
        world.get(COLLECT, "/").await;
    }
    world.told().await;
    let control = world.program.as_ref().unwrap().control();
    let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
    let url = format!("http://{control}/events");
    let mut stream = client.get(format!("{url}?from=3")).send().await.unwrap();
    let mut text = String::new();
    while text.lines().count() < 3 {
        text += std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap();
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = lines.iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 4, 5]);
    assert_eq!((&lines[0]["event"], &lines[0]["request"]), (&"answer".into(), &2.into()));
    let beyond = client.get(format!("{url}?from=7")).send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.text().await.unwrap(), "there are 6 events: event 7 cannot be next");
}

#[tokio::test]
async fn a_platform_that_died_shows() {
    let mut world = World::remote().await;
    world.get(COLLECT, "/").await;
    world.told().await;
    world.program.as_mut().unwrap().end_by(Signal::SIGKILL).await;
    // At once for whoever asks, and on its own when it has not come back.
    let error = world.platform.caught_up(LIMIT).await.unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
    assert!(world.platform.slow().set(&BTreeMap::new()).await.is_err());
    let reason = failed(&world.platform).await;
    assert!(reason.contains("could not be had again within 10s"), "{reason}");
    assert_eq!(world.told_so_far().len(), 2);
}

#[tokio::test]
async fn a_platform_that_was_started_again_is_another() {
    let program = Program::start(&config()).await;
    let other = Program::start(&config()).await;
    let detour = Detour::to(program.control()).await;
    let world = World::remote_by(program, detour.address).await;
    world.get(COLLECT, "/").await;
    world.told().await;
    detour.cut();
    detour.mend(other.control());
    let reason = failed(&world.platform).await;
    assert!(reason.contains("was started again: the events it had are lost"), "{reason}");
    let error = world.platform.caught_up(LIMIT).await.unwrap_err();
    assert!(matches!(error, PlatformError::Restarted { .. }), "{error}");
    let error = world.platform.slow().set(&BTreeMap::new()).await.unwrap_err();
    assert!(matches!(error, PlatformError::Restarted { .. }), "{error}");
}

#[tokio::test]
async fn a_platform_that_stands_still_shows_and_goes_on() {
    let world = World::remote().await;
    world.get(COLLECT, "/").await;
    let program = world.program.as_ref().unwrap();
    program.signal(Signal::SIGSTOP);
    let began = Instant::now();
    let (limit, caught_up) =
        (Duration::from_millis(300), world.platform.caught_up(Duration::from_millis(300)).await);
    assert!(matches!(caught_up, Err(PlatformError::Unreachable { .. })), "{caught_up:?}");
    assert!(began.elapsed() >= limit);
    program.signal(Signal::SIGCONT);
    assert_eq!(world.told().await.len(), 2);
    assert_eq!(world.platform.failed(), None);
}

#[tokio::test]
async fn one_that_never_comes_is_awaited_no_longer_than_said() {
    let program = Program::start(&config()).await;
    let detour = Detour::to(program.control()).await;
    detour.cut();
    let (limit, began) = (Duration::from_millis(300), Instant::now());
    let told = Told::default();
    let platform = Platform::remote(detour.address, program.links(), limit, told.observer()).await;
    let error = platform.err().unwrap();
    assert!(began.elapsed() >= limit);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("the mocked platform at {} was not ready within 300ms: ", detour.address)),
        "{text}"
    );
}

#[tokio::test]
async fn an_observer_that_panics_is_no_silence() {
    let program = Program::start(&config()).await;
    let links = program.links();
    let platform = Platform::remote(program.control(), links, LIMIT, |_| panic!("on purpose")).await.unwrap();
    ask(program.links()[COLLECT]).await;
    let error = platform.caught_up(LIMIT).await.unwrap_err();
    assert!(matches!(error, PlatformError::Failed { .. }), "{error}");
    assert_eq!(failed(&platform).await, "its observer panicked");
}

/// An observer that waits is a stream that stalls: nothing that promises events returns meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_do_not_come_are_awaited() {
    let program = Program::start(&config()).await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let observer = move |_| {
        // Ends when `release` is dropped.
        let _ = block_in_place(|| held.lock().unwrap().recv());
    };
    let (control, links) = (program.control(), program.links());
    let platform = Platform::remote(control, links, LIMIT, observer).await.unwrap();
    ask(program.links()[COLLECT]).await;
    let limit = Duration::from_millis(300);
    let error = platform.caught_up(limit).await.unwrap_err();
    assert!(matches!(error, PlatformError::Behind { awaited: 2, handed_over: 0, .. }), "{error}");
    let (slow, times) = (platform.slow(), BTreeMap::new());
    let set = slow.set(&times);
    tokio::pin!(set);
    assert!(timeout(limit, &mut set).await.is_err(), "set before what was answered before was told");
    drop(release);
    assert_eq!(set.await.unwrap(), BTreeMap::new());
    platform.caught_up(LIMIT).await.unwrap();
}

async fn ask(link: SocketAddr) {
    let client = reqwest::Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
    client.get(format!("http://{link}/")).send().await.unwrap();
}
