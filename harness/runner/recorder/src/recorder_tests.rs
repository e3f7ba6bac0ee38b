//! The recorder's promises: order, round trip through the model's reader, waiting without polling.

use std::{collections::BTreeMap, fs::File, io::BufReader};

use pitfall_model::{History, SCHEMA};

use super::*;

fn run() -> What {
    What::Run {
        schema: SCHEMA,
        name: "order-sync::A1-x::before".into(),
        id: "r1".into(),
        seed: 7,
        began: 1,
        versions: BTreeMap::new(),
        taps: vec![],
    }
}

fn step(name: &str) -> What {
    What::StepBegun { step: name.into() }
}

#[tokio::test]
async fn what_is_recorded_is_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.jsonl");
    let recorder = Recorder::create(&path, run()).unwrap();
    recorder.record(Place::link("sut->kafka", Some(3)), step("one"));
    recorder.record(Place::order(Some("42".into())), step("two"));
    recorder.close().await.unwrap();
    recorder.close().await.unwrap();
    recorder.record(Place::default(), step("too late"));

    let history = History::read(BufReader::new(File::open(&path).unwrap())).unwrap();
    let kept: Vec<Event> = recorder.events_from(0).iter().map(|e| (**e).clone()).collect();
    assert_eq!(history.events, kept);
    assert!(!history.truncated);
    assert_eq!(kept.len(), 3);
    assert_eq!((kept[0].seq, kept[0].at), (0, 0));
    assert_eq!(kept[1].link.as_deref(), Some("sut->kafka"));
    assert_eq!(kept[2].order.as_deref(), Some("42"));
}

#[tokio::test]
async fn nothing_comes_after_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.jsonl");
    let recorder = Recorder::create(&path, run()).unwrap();
    recorder.record(Place::default(), What::Ended { reason: "settled".into() });
    recorder.record(Place::default(), step("a tap that had not heard of it"));
    recorder.close().await.unwrap();
    let history = History::read(BufReader::new(File::open(&path).unwrap())).unwrap();
    assert_eq!(history.events.len(), 2);
    assert!(matches!(history.events[1].what, What::Ended { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_threads_make_one_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.jsonl");
    let recorder = Recorder::create(&path, run()).unwrap();
    let threads: Vec<_> = (0..8)
        .map(|n| {
            let recorder = recorder.clone();
            std::thread::spawn(move || {
                (0..2_000).for_each(|_| recorder.record(Place::default(), step(&n.to_string())));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    recorder.close().await.unwrap();

    let events = History::read(BufReader::new(File::open(&path).unwrap())).unwrap().events;
    assert_eq!(events.len(), 16_001);
    assert!(events.iter().enumerate().all(|(index, event)| event.seq == index as u64));
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn an_event_stands_in_the_file_without_close() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.jsonl");
    let recorder = Recorder::create(&path, run()).unwrap();
    recorder.record(Place::default(), step("one"));
    let lines = || std::fs::read_to_string(&path).unwrap().lines().count();
    for _ in 0..500 {
        if lines() == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not flushed: {} lines", lines());
}

#[tokio::test]
async fn waits_for_more_than_it_knows() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(&dir.path().join("h"), run()).unwrap();
    recorder.changed_since(0).await;

    let known = recorder.events_from(0).len();
    let early = tokio::time::timeout(Duration::from_millis(20), recorder.changed_since(known));
    assert!(early.await.is_err());

    let waiting = tokio::spawn({
        let recorder = recorder.clone();
        async move { recorder.changed_since(known).await }
    });
    tokio::task::yield_now().await;
    recorder.record(Place::default(), step("one"));
    tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(recorder.events_from(known).len(), 1);
    assert!(recorder.events_from(99).is_empty());
}

#[tokio::test]
async fn begins_with_a_run_and_never_overwrites() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h");
    assert!(matches!(Recorder::create(&path, step("one")), Err(RecorderError::NoRun { .. })));
    Recorder::create(&path, run()).unwrap();
    assert!(matches!(Recorder::create(&path, run()), Err(RecorderError::Create { .. })));
}
