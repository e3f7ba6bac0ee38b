//! The processes tap: what a process has used of CPU and memory, from `/proc`.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use procfs::process::Process;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::Recorder,
    status::Status,
    tap::{Tap, TapError, Who},
};

const EVERY: Duration = Duration::from_millis(250);
/// A sample that changed less than this is left out…
const CPU_STEP_MS: u64 = 10;
/// …unless the last one is this old.
const AT_LEAST_EVERY: Duration = Duration::from_secs(2);

/// Samples one process (not its children) until it is gone.
#[derive(Debug)]
pub struct ProcessTap {
    who: Who,
    /// Whether sampling has ended.
    status: Arc<Status<bool>>,
    stop: CancellationToken,
}

impl ProcessTap {
    /// Follows process `pid`, which must exist.
    pub async fn start(
        recorder: Recorder,
        role: impl Into<String>,
        instance: u32,
        pid: i32,
    ) -> Result<Self, TapError> {
        let role = role.into();
        let who = Who { tap: "processes", server: format!("{role} {instance} (pid {pid})") };
        let unreachable = |error| who.unreachable("read /proc", error);
        let born = Process::new(pid).and_then(|process| process.stat()).map_err(unreachable)?.starttime;
        let sampler = Sampler { recorder, role, instance, pid, born, last: None };
        let status = Arc::new(Status::new(false));
        let stop = CancellationToken::new();
        tokio::spawn({
            let (status, stop) = (Arc::clone(&status), stop.clone());
            async move {
                sampler.follow(&stop).await;
                status.advance(|ended| *ended = true);
            }
        });
        Ok(Self { who, status, stop })
    }
}

impl Tap for ProcessTap {
    fn name(&self) -> String {
        self.who.name()
    }

    /// Samples have no backlog.
    fn catch_up(&self, _: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop.cancel();
            self.status.ended(&self.who, Duration::from_secs(2), |ended| *ended).await;
        }
        .boxed()
    }
}

impl Drop for ProcessTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Sampler {
    recorder: Recorder,
    role: String,
    instance: u32,
    pid: i32,
    /// Start time of the process: another one may get its number.
    born: u64,
    last: Option<(Instant, u64)>,
}

impl Sampler {
    async fn follow(mut self, stop: &CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            if !self.sample(false) {
                return;
            }
        }
        self.sample(true);
    }

    /// False once the process is gone.
    fn sample(&mut self, always: bool) -> bool {
        let Ok(stat) = Process::new(self.pid).and_then(|process| process.stat()) else { return false };
        if stat.starttime != self.born {
            return false;
        }
        let cpu_ms = (stat.utime + stat.stime) * 1000 / procfs::ticks_per_second().max(1);
        // A zombie still tells its CPU time: the last word on it.
        let zombie = matches!(stat.state, 'Z' | 'X');
        let due = self.last.is_none_or(|(at, before)| {
            let step = if always || zombie { 1 } else { CPU_STEP_MS };
            cpu_ms >= before + step || at.elapsed() >= AT_LEAST_EVERY
        });
        if due {
            self.last = Some((Instant::now(), cpu_ms));
            let memory = stat.rss * procfs::page_size();
            let (role, instance) = (self.role.clone(), self.instance);
            self.recorder.record(Place::default(), What::ProcessSampled { role, instance, cpu_ms, memory });
        }
        !zombie
    }
}
