//! When the next run may begin. Runs wait more than they work, so many go side by side; but where no core has time left, the work of
//! one makes another late. So a run begins when few tasks wait for a core (the rule of `make --load-average`). As many as there are cores
//! always may: where others keep the machine busy for hours, the suite still comes to its end. A run that needs the machine alone begins
//! when no other runs, and none begins beside it; those go before all others, so that the machine is emptied for them once.

use std::{thread::available_parallelism, time::Duration};

use procfs::{Current, LoadAverage};
use tokio::{
    sync::{Mutex, MutexGuard, watch},
    time::sleep,
};

/// So many tasks of the whole machine may be waiting for a core when another run begins.
const WAITING: f64 = 4.0;

/// A look lasts so many ticks: a tenth of a second, in which the run that began last comes to its work.
const TICKS: u32 = 5;
const TICK: Duration = Duration::from_millis(20);

/// Lets runs in, one after the other: those that run alone first, otherwise in the order in which they came.
#[derive(Default)]
pub(crate) struct Gate {
    running: watch::Sender<usize>,
    /// How many wait to run alone.
    to_be_alone: watch::Sender<usize>,
    entering: Mutex<()>,
}

/// A run that was let in; dropped, it is over.
pub(crate) struct Running<'a> {
    _running: Counted<'a>,
    /// Of a run that is alone: none enters meanwhile.
    _entering: Option<MutexGuard<'a, ()>>,
}

impl Gate {
    /// Returns when the machine has time for one more run; with `alone` when it has no other.
    pub(crate) async fn enter(&self, alone: bool) -> Running<'_> {
        let entering = if alone {
            let _ahead = Counted::among(&self.to_be_alone);
            let entering = self.entering.lock().await;
            none(&self.running).await;
            entering
        } else {
            let entering = self.after_those_alone().await;
            while *self.running.borrow() >= cores() && waiting().await > WAITING {}
            entering
        };
        Running { _running: Counted::among(&self.running), _entering: alone.then_some(entering) }
    }

    async fn after_those_alone(&self) -> MutexGuard<'_, ()> {
        loop {
            none(&self.to_be_alone).await;
            let entering = self.entering.lock().await;
            if *self.to_be_alone.borrow() == 0 {
                return entering;
            }
        }
    }
}

/// Returns when nobody is counted.
async fn none(count: &watch::Sender<usize>) {
    // It fails without a sender only, and `count` is one.
    count.subscribe().wait_for(|count| *count == 0).await.ok();
}

/// One of those who are counted, until dropped.
struct Counted<'a>(&'a watch::Sender<usize>);

impl<'a> Counted<'a> {
    fn among(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
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
    async fn who_is_to_be_alone_goes_before_those_who_came_sooner() {
        let gate = Gate::default();
        let first = gate.enter(true).await;
        let (other, alone) = (gate.enter(false), gate.enter(true));
        tokio::pin!(other, alone);
        assert!(other.as_mut().now_or_never().is_none());
        assert!(alone.as_mut().now_or_never().is_none());
        drop(first);
        assert!(other.as_mut().now_or_never().is_none());
        let second = alone.await;
        assert!(other.as_mut().now_or_never().is_none());
        drop(second);
        other.await;
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
