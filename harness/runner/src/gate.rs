//! When the next run may begin. Runs wait more than they work, so many go side by side; but where no core has time left, the work of
//! one makes another late. So a run begins when few tasks wait for a core (the rule of `make --load-average`). As many as there are cores
//! always may: where others keep the machine busy for hours, the suite still comes to its end. A run that needs the machine alone begins
//! when no other runs, and none begins beside it.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread::available_parallelism,
    time::Duration,
};

use procfs::{Current, LoadAverage};
use tokio::{
    sync::{Mutex, MutexGuard, Notify},
    time::sleep,
};

/// So many tasks of the whole machine may be waiting for a core when another run begins.
const WAITING: f64 = 4.0;

/// A look lasts so many ticks: a quarter of a second, in which the run that began last comes to its work.
const TICKS: u32 = 12;
const TICK: Duration = Duration::from_millis(20);

/// Lets runs in, one after the other, in the order in which they came.
#[derive(Default)]
pub(crate) struct Gate {
    running: AtomicUsize,
    entering: Mutex<()>,
    left: Notify,
}

/// A run that was let in; dropped, it is over.
pub(crate) struct Running<'a> {
    gate: &'a Gate,
    /// Of a run that is alone: none enters meanwhile.
    _entering: Option<MutexGuard<'a, ()>>,
}

impl Gate {
    /// Returns when the machine has time for one more run; with `alone` when it has no other.
    pub(crate) async fn enter(&self, alone: bool) -> Running<'_> {
        let entering = self.entering.lock().await;
        let running = || self.running.load(Ordering::Relaxed);
        if alone {
            while running() > 0 {
                self.left.notified().await;
            }
        } else {
            while running() >= cores() && waiting().await > WAITING {}
        }
        self.running.fetch_add(1, Ordering::Relaxed);
        Running { gate: self, _entering: alone.then_some(entering) }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.gate.running.fetch_sub(1, Ordering::Relaxed);
        self.gate.left.notify_one();
    }
}

/// How many tasks waited for a core, on average over a look. A machine that does not tell has none.
async fn waiting() -> f64 {
    let mut runnable = 0;
    for _ in 0..TICKS {
        sleep(TICK).await;
        // Without the thread that asks.
        runnable += LoadAverage::current().map_or(0, |load| load.cur.saturating_sub(1));
    }
    f64::from(runnable) / f64::from(TICKS) - cores() as f64
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_is_alone_waits_for_those_who_run_and_keeps_others_out() {
        let gate = Gate::default();
        let running = gate.enter(false).await;
        assert!(gate.enter(true).now_or_never().is_none());
        drop(running);
        let alone = gate.enter(true).await;
        assert!(gate.enter(false).now_or_never().is_none());
        assert!(gate.enter(true).now_or_never().is_none());
        drop(alone);
        gate.enter(false).await;
    }

    #[tokio::test]
    async fn who_waits_to_be_alone_is_let_in_by_the_last_to_leave() {
        let gate = Gate::default();
        let (first, second) = (gate.enter(false).await, gate.enter(false).await);
        let alone = gate.enter(true);
        tokio::pin!(alone);
        assert!(alone.as_mut().now_or_never().is_none());
        drop(first);
        assert!(alone.as_mut().now_or_never().is_none());
        drop(second);
        assert!(alone.as_mut().now_or_never().is_some());
    }
}
