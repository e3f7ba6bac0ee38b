//! When the next run may begin. Runs wait more than they work, so many go side by side; but where no core has time left, the work of
//! one makes another late. So a run begins when few tasks wait for a core (the rule of `make --load-average`). As many as there are cores
//! always may: where others keep the machine busy for hours, the suite still comes to its end.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread::available_parallelism,
    time::Duration,
};

use procfs::{Current, LoadAverage};
use tokio::{sync::Mutex, time::sleep};

/// So many tasks of the whole machine may be waiting for a core when another run begins.
const WAITING: f64 = 4.0;

/// A look lasts so many ticks: half a second, in which the run that began last comes to its work.
const TICKS: u32 = 25;
const TICK: Duration = Duration::from_millis(20);

/// Lets runs in, one after the other, in the order in which they came.
#[derive(Default)]
pub(crate) struct Gate {
    running: AtomicUsize,
    entering: Mutex<()>,
}

/// A run that was let in; dropped, it is over.
pub(crate) struct Running<'a>(&'a Gate);

impl Gate {
    /// Returns when the machine has time for one more run.
    pub(crate) async fn enter(&self) -> Running<'_> {
        let _one_at_a_time = self.entering.lock().await;
        let cores = cores();
        while self.running.load(Ordering::Relaxed) >= cores && waiting().await > WAITING {}
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
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
