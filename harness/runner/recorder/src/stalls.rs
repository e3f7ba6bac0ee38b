//! The stalls tap: notices when the harness itself did not run, as a thread and as a task.

use std::{
    thread,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::Recorder,
    tap::{Tap, TapError, Who},
};

const TICK: Duration = Duration::from_millis(20);
/// A gap of this much beyond the tick is a stall.
const BOUND: Duration = Duration::from_millis(100);

/// Records a stall when a plain thread (the machine is busy) or a task of the runtime (the runtime is
/// blocked) woke up far too late.
#[derive(Debug)]
pub struct StallsTap {
    stop: CancellationToken,
}

impl StallsTap {
    /// Begins to watch; call it inside the runtime that is to be watched.
    pub async fn start(recorder: Recorder) -> Result<Self, TapError> {
        let stop = CancellationToken::new();
        let (watched, stopped) = (recorder.clone(), stop.clone());
        let ticking = thread::Builder::new().name("stalls".into()).spawn(move || {
            let mut before = Instant::now();
            while !stopped.is_cancelled() {
                thread::sleep(TICK);
                before = judge(&watched, before);
            }
        });
        let who = Who { tap: "stalls", server: "the harness".into() };
        ticking.map_err(|error| who.unreachable("start a thread", error))?;
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            let mut before = Instant::now();
            loop {
                tokio::time::sleep(TICK).await;
                before = judge(&recorder, before);
            }
        }));
        Ok(Self { stop })
    }
}

/// Records a stall if `before` is too long ago; gives the time for the next tick.
fn judge(recorder: &Recorder, before: Instant) -> Instant {
    let now = Instant::now();
    let beyond = now.duration_since(before).saturating_sub(TICK);
    if beyond > BOUND {
        let for_ms = u64::try_from(beyond.as_millis()).unwrap_or(u64::MAX);
        recorder.record(Place::default(), What::Stalled { for_ms });
    }
    now
}

impl Tap for StallsTap {
    fn name(&self) -> String {
        "stalls of the harness".into()
    }

    /// A stall is recorded when it ends: one tick after it.
    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            tokio::time::sleep((2 * TICK).min(limit)).await;
            Ok(())
        }
        .boxed()
    }

    fn failed(&self) -> Option<String> {
        None
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async { self.stop.cancel() }.boxed()
    }
}

impl Drop for StallsTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
