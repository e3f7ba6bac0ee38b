//! Faults: armed, proved and healed as their conditions come, each step in the history.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pitfall_model::{Delay, Doing, Event, Place, PlannedFault, Route, Watch, What};
use pitfall_platform::Slow;
use pitfall_recorder::Recorder;
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{error::RunError, links::Links};

/// Arming after an event takes no longer than this.
const ARMING: Duration = Duration::from_secs(30);

/// The faults of a run, at work until [`Faults::heal`].
pub(crate) struct Faults {
    recorder: Recorder,
    seen: watch::Receiver<usize>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Faults {
    /// Begins to follow the history. Faults that begin at the start act when this returns.
    pub(crate) async fn start(
        faults: &[PlannedFault],
        recorder: Recorder,
        links: Arc<Links>,
        slow: Slow,
    ) -> Result<Self, RunError> {
        let (seen_tx, seen) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let faults = faults.iter().cloned().map(Fault::new).collect();
        let engine = Engine { faults, recorder: recorder.clone(), links, slow, seen: seen_tx };
        let started = Self { recorder, seen, stop, task: tokio::spawn(engine.run(stopped)) };
        started.caught_up().await?;
        Ok(started)
    }

    /// Waits until every fault has taken note of every event there is now, and acted on it.
    pub(crate) async fn caught_up(&self) -> Result<(), RunError> {
        let upto = self.recorder.len();
        let mut seen = self.seen.clone();
        let failed = |error: &str| RunError::server("arm the faults that begin now")(error.into());
        let waited = timeout(ARMING, seen.wait_for(|seen| *seen >= upto)).await;
        waited
            .map_err(|_| failed("it took longer than 30 s"))?
            .map_err(|_| failed("a fault could not be armed"))
            .map(drop)
    }

    /// Ends every fault; waits for it.
    pub(crate) async fn heal(self) -> Result<(), RunError> {
        let _ = self.stop.send(true);
        self.task.await.map_err(|error| RunError::server("heal the faults")(error.into()))?
    }
}

struct Engine {
    faults: Vec<Fault>,
    recorder: Recorder,
    links: Arc<Links>,
    slow: Slow,
    seen: watch::Sender<usize>,
}

impl Engine {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<(), RunError> {
        let mut index = 0;
        loop {
            let mut has_acted = false;
            for event in self.recorder.events_from(index) {
                index += 1;
                has_acted |= self.observe(&event).await?;
            }
            // What it did is an event too, and another fault may begin or end with that: at once, not after the step.
            if has_acted {
                continue;
            }
            self.seen.send_replace(index);
            tokio::select! {
                () = self.recorder.changed_since(index) => {}
                _ = stopped.wait_for(|stopped| *stopped) => break,
            }
        }
        for at in 0..self.faults.len() {
            self.disarm(at).await?;
        }
        Ok(())
    }

    /// Says whether it recorded something.
    async fn observe(&mut self, event: &Event) -> Result<bool, RunError> {
        let mut has_acted = false;
        for at in 0..self.faults.len() {
            let fault = &mut self.faults[at];
            let (begins, proved, ends) = (
                fault.begin.observe(event),
                fault.proof.observe(event),
                fault.end.as_mut().and_then(|end| end.observe(event)),
            );
            match fault.state {
                State::Waiting if begins.is_some() => {
                    self.arm(at).await?;
                    has_acted = true;
                }
                State::Armed => {
                    if let (Some(by), false) = (proved, fault.is_proved) {
                        fault.is_proved = true;
                        let fault = fault.plan.name.clone();
                        self.recorder.record(Place::default(), What::FaultProved { fault, by });
                        has_acted = true;
                    }
                    if ends.is_some() {
                        self.disarm(at).await?;
                        has_acted = true;
                    }
                }
                State::Waiting | State::Healed => {}
            }
        }
        Ok(has_acted)
    }

    async fn arm(&mut self, at: usize) -> Result<(), RunError> {
        let fault = &mut self.faults[at];
        fault.state = State::Armed;
        // What happened before it acted proves nothing.
        fault.proof.count_from_now();
        if let Some(end) = &mut fault.end {
            end.count_from_now();
        }
        let name = fault.plan.name.clone();
        match &fault.plan.does {
            Doing::Toxic { links, toxic, stream } => {
                for link in links {
                    self.links.bend(link, &name, toxic, *stream).await?;
                }
            }
            Doing::Slow(routes) => {
                let set = routes.iter().map(|(route, delay)| (*route, Some(*delay))).collect();
                fault.before = self.slow.set(&set).await?;
            }
        }
        self.recorder.record(Place::default(), What::FaultArmed { fault: name });
        Ok(())
    }

    async fn disarm(&mut self, at: usize) -> Result<(), RunError> {
        let fault = &mut self.faults[at];
        if fault.state != State::Armed {
            return Ok(());
        }
        fault.state = State::Healed;
        let name = fault.plan.name.clone();
        match &fault.plan.does {
            Doing::Toxic { links, .. } => {
                for link in links {
                    self.links.heal(link, &name).await?;
                }
            }
            Doing::Slow(_) => {
                self.slow.set(&fault.before).await?;
            }
        }
        self.recorder.record(Place::default(), What::FaultHealed { fault: name });
        Ok(())
    }
}

struct Fault {
    plan: PlannedFault,
    state: State,
    is_proved: bool,
    begin: Watch,
    end: Option<Watch>,
    proof: Watch,
    before: BTreeMap<Route, Option<Delay>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Armed,
    Healed,
}

impl Fault {
    fn new(plan: PlannedFault) -> Self {
        let (begin, proof) = (Watch::new(plan.begin.clone()), Watch::new(plan.proof.clone()));
        let end = plan.end.clone().map(Watch::new);
        Self { plan, state: State::Waiting, is_proved: false, begin, end, proof, before: BTreeMap::new() }
    }
}
