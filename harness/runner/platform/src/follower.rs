//! Follows the program's events and hands them over: each once, in order. A stream that breaks is asked for again where it broke.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use reqwest::Response;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    control::Control,
    error::{PlatformError, in_full},
    seen::Observer,
    wire::Line,
};

/// A stream that cannot be had again within this is lost.
const LOST: Duration = Duration::from_secs(10);

/// Between two attempts to have it again.
const PAUSE: Duration = Duration::from_millis(50);

/// Ends when it is dropped.
pub(crate) struct Follower {
    control: SocketAddr,
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct State {
    handed_over: u64,
    failed: Option<String>,
}

impl Follower {
    pub(crate) fn start(control: Control, instance: u64, observer: Observer) -> Self {
        let (sender, state) = watch::channel(State::default());
        let address = control.address;
        let task = tokio::spawn(async move {
            let Err(reason) = follow(&control, instance, &observer, &sender).await;
            sender.send_modify(|state| state.failed = Some(reason));
        });
        Self { control: address, state, task }
    }

    /// Why events are no longer seen.
    pub(crate) fn failed(&self) -> Option<String> {
        let reason = self.state.borrow().failed.clone();
        // It gives no reason only where its observer panicked.
        reason.or_else(|| self.task.is_finished().then(|| "its observer panicked".to_owned()))
    }

    /// Waits until `count` events were handed over.
    pub(crate) async fn reach(&self, count: u64, limit: Duration) -> Result<(), PlatformError> {
        let control = self.control;
        let mut state = self.state.clone();
        let there = |state: &State| state.handed_over >= count || state.failed.is_some();
        let waited = timeout_at(Instant::now() + limit, state.wait_for(there)).await;
        let ended = waited.map(|ended| ended.is_err());
        let State { handed_over, failed } = self.state.borrow().clone();
        match (ended, failed) {
            (_, Some(reason)) => Err(PlatformError::Failed { control, reason }),
            _ if handed_over >= count => Ok(()),
            (Ok(_), None) => {
                Err(PlatformError::Failed { control, reason: "its observer panicked".to_owned() })
            }
            (Err(_), None) => Err(PlatformError::Behind { control, limit, awaited: count, handed_over }),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns why it can go on no longer.
async fn follow(
    control: &Control,
    instance: u64,
    observer: &Observer,
    state: &watch::Sender<State>,
) -> Result<Infallible, String> {
    let mut next = 0;
    let mut broke = "it was never had".to_owned();
    loop {
        let stream = connected(control, instance, next, &broke).await?;
        broke = hand_over(stream, &mut next, observer, state).await?;
        sleep(PAUSE).await;
    }
}

/// The stream from number `next` on.
async fn connected(control: &Control, instance: u64, next: u64, broke: &str) -> Result<Response, String> {
    let deadline = Instant::now() + LOST;
    loop {
        match control.events(instance, next, LOST).await {
            Ok(stream) => return Ok(stream),
            Err(error @ PlatformError::Restarted { .. }) => return Err(error.to_string()),
            Err(error) if Instant::now() >= deadline => {
                return Err(format!(
                    "the stream of its events broke ({broke}) and could not be had again within {LOST:?}: {error}"
                ));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Hands over what comes; returns how the stream broke, or (as an error) what came that should not have.
async fn hand_over(
    mut stream: Response,
    next: &mut u64,
    observer: &Observer,
    state: &watch::Sender<State>,
) -> Result<String, String> {
    let mut rest: Vec<u8> = Vec::new();
    loop {
        match stream.chunk().await {
            Ok(Some(chunk)) => rest.extend_from_slice(&chunk),
            Ok(None) => return Ok("it ended".to_owned()),
            Err(error) => return Ok(in_full(&error)),
        }
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { continue };
        let lines: Vec<u8> = rest.drain(..=end).collect();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let Line { number, seen } = serde_json::from_slice(line).map_err(|error| {
                format!("what should be event {next} is none ({error}): {}", String::from_utf8_lossy(line))
            })?;
            if number != *next {
                return Err(format!("event {next} was due, event {number} came"));
            }
            observer(seen);
            *next += 1;
            state.send_modify(|state| state.handed_over = *next);
        }
    }
}
