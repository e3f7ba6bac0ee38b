//! The taps on processes, their lines, and the harness itself.

use std::{process::Stdio, time::Duration};

use pitfall_model::What;
use pitfall_recorder::{LogsTap, ProcessTap, StallsTap, Tap};
use tokio::process::Command;

use crate::{
    Named,
    world::{LIMIT, World},
};

pub(crate) const TRIALS: &[Named] =
    &[("processes_logs_and_stalls", |world| Box::pin(processes_logs_and_stalls(world)))];

async fn processes_logs_and_stalls(world: &World) {
    let recorder = || world.recorder.clone();
    let work = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo one; printf two";
    let mut child = Command::new("sh").args(["-c", work]).stdout(Stdio::piped()).spawn().unwrap();
    let file = world.dir.path().join("consumer-1.log");
    let lines = LogsTap::start(recorder(), "consumer", 1, child.stdout.take().unwrap(), &file).await.unwrap();
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    let process = ProcessTap::start(recorder(), "consumer", 1, pid).await.unwrap();
    let stalls = StallsTap::start(recorder()).await.unwrap();

    lines.ended(LIMIT).await.unwrap();
    process.stop().await;
    child.wait().await.unwrap();
    let log = world.seen(|event| match &event.what {
        What::Log { line, .. } => Some(line.clone()),
        _ => None,
    });
    assert_eq!(log, ["one", "two"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "one\ntwo");
    let cpu = world.seen(|event| match event.what {
        What::ProcessSampled { cpu_ms, .. } => Some(cpu_ms),
        _ => None,
    });
    assert!(cpu.is_sorted() && cpu.last().is_some_and(|cpu| *cpu > 0), "{cpu:?}");

    // Blocks every thread of the runtime: a task spawned now would not run.
    let workers = tokio::runtime::Handle::current().metrics().num_workers();
    let blocked =
        (0..workers).map(|_| tokio::spawn(async { std::thread::sleep(Duration::from_millis(400)) }));
    for blocked in blocked.collect::<Vec<_>>() {
        blocked.await.unwrap();
    }
    stalls.catch_up(LIMIT).await.unwrap();
    let stalled = world.seen(|event| match event.what {
        What::Stalled { for_ms } => Some(for_ms),
        _ => None,
    });
    assert!(stalled.iter().any(|for_ms| *for_ms > 100), "{stalled:?}");
    stalls.stop().await;
}
