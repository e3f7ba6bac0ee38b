//! The task that follows the history and makes faults begin and end.

use std::time::Duration;

use pitfall_model::{Doing, Event, Place, PlannedFault, Watch, What};
use pitfall_recorder::Recorder;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    Reach,
    doing::{self, Acting},
};
use crate::error::RunError;

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Roles that run from the beginning are being started.
    Starting,
    Working,
    Concluding,
    Healing,
}

pub(super) struct Engine {
    faults: Vec<Fault>,
    recorder: Recorder,
    reach: Reach,
    concluded: watch::Sender<bool>,
}

impl Engine {
    pub(super) fn new(
        faults: &[PlannedFault],
        recorder: Recorder,
        reach: Reach,
        concluded: watch::Sender<bool>,
    ) -> Self {
        let faults = faults.iter().cloned().map(Fault::new).collect();
        Self { faults, recorder, reach, concluded }
    }

    pub(super) async fn run(mut self, mut stage: watch::Receiver<Stage>) -> Result<(), RunError> {
        let (mut index, mut reached) = (0, Stage::Starting);
        loop {
            let mut has_acted = false;
            for event in self.recorder.events_from(index) {
                index += 1;
                has_acted |= self.observe(&event).await?;
            }
            has_acted |= self.tick().await?;
            // What it did is an event too, and another fault may begin or end with that: at once, not after the step.
            if has_acted {
                continue;
            }
            self.reach.acted.send_modify(|acted| acted.upto = index);
            let due = self.due();
            tokio::select! {
                () = self.recorder.changed_since(index) => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                next = later(&mut stage, reached) => {
                    reached = next;
                    match reached {
                        Stage::Starting => {}
                        Stage::Working => self.time_begins(),
                        Stage::Concluding => self.conclude().await?,
                        Stage::Healing => break,
                    }
                }
            }
        }
        for at in 0..self.faults.len() {
            // Of the system's processes and its own brokers the run itself takes care now.
            if !matches!(self.faults[at].plan.does, Doing::Process(_) | Doing::Broker(_)) {
                self.disarm(at).await?;
            }
        }
        Ok(())
    }

    /// Says whether it recorded something.
    async fn observe(&mut self, event: &Event) -> Result<bool, RunError> {
        let mut has_acted = false;
        for at in 0..self.faults.len() {
            let fault = &mut self.faults[at];
            let (begins, proved, ends) = (
                fault.begin.observe(event).is_some(),
                fault.proof.observe(event),
                fault.end.as_mut().is_some_and(|end| end.observe(event).is_some()),
            );
            if let (State::Armed, Some(by), false) = (fault.state, proved, fault.is_proved) {
                fault.is_proved = true;
                let fault = fault.plan.name.clone();
                self.recorder.record(Place::default(), What::FaultProved { fault, by });
                has_acted = true;
            }
            has_acted |= self.moves(at, begins, ends, Some(event)).await?;
        }
        Ok(has_acted)
    }

    /// Time has passed.
    async fn tick(&mut self) -> Result<bool, RunError> {
        let (now, mut has_acted) = (self.recorder.now(), false);
        for at in 0..self.faults.len() {
            let fault = &mut self.faults[at];
            let begins = fault.begin.due().is_some() && fault.begin.tick(now).is_some();
            let ends = fault.end.as_mut().is_some_and(|end| end.due().is_some() && end.tick(now).is_some());
            has_acted |= self.moves(at, begins, ends, None).await?;
        }
        Ok(has_acted)
    }

    async fn moves(
        &mut self,
        at: usize,
        begins: bool,
        ends: bool,
        event: Option<&Event>,
    ) -> Result<bool, RunError> {
        match self.faults[at].state {
            State::Waiting if begins => self.arm(at, event).await?,
            State::Armed if ends => self.disarm(at).await?,
            State::Waiting | State::Armed | State::Healed => return Ok(false),
        }
        Ok(true)
    }

    /// From now on counts what begins so long `after` the beginning of the workload.
    fn time_begins(&mut self) {
        let now = self.recorder.now();
        self.faults.iter_mut().for_each(|fault| fault.begin.time_from(now));
    }

    /// When time itself could change something.
    fn due(&self) -> Option<Instant> {
        let due = |fault: &Fault| match fault.state {
            State::Waiting => fault.begin.due(),
            State::Armed => fault.end.as_ref().and_then(Watch::due),
            State::Healed => None,
        };
        let next = self.faults.iter().filter_map(due).min()?;
        Some(Instant::now() + Duration::from_nanos(next.saturating_sub(self.recorder.now())))
    }

    async fn arm(&mut self, at: usize, event: Option<&Event>) -> Result<(), RunError> {
        let fault = &mut self.faults[at];
        fault.state = State::Armed;
        // What happened before it acted proves nothing.
        let now = self.recorder.now();
        fault.proof.count_from(now);
        if let Some(end) = &mut fault.end {
            end.count_from(now);
        }
        let name = fault.plan.name.clone();
        fault.acting = doing::begin(&fault.plan.does, &name, &self.reach, &self.recorder, event).await?;
        self.recorder.record(Place::default(), What::FaultArmed { fault: name });
        // It acts from now on, however long that took.
        if let Some(end) = &mut fault.end {
            end.time_from(self.recorder.now());
        }
        Ok(())
    }

    async fn disarm(&mut self, at: usize) -> Result<(), RunError> {
        let fault = &mut self.faults[at];
        if fault.state != State::Armed {
            return Ok(());
        }
        fault.state = State::Healed;
        let name = fault.plan.name.clone();
        doing::end(&fault.plan.does, &name, &self.reach, &self.recorder, &fault.acting).await?;
        self.recorder.record(Place::default(), What::FaultHealed { fault: name });
        Ok(())
    }

    async fn conclude(&mut self) -> Result<(), RunError> {
        for at in 0..self.faults.len() {
            let fault = &self.faults[at];
            if fault.state == State::Waiting {
                let (fault, awaited) = (fault.plan.name.clone(), fault.plan.begin.to_string());
                let last_seen = self.faults[at].begin.last_seen();
                self.recorder.record(Place::default(), What::FaultIdle { fault, awaited, last_seen });
            } else if doing::waits_for_others(&fault.plan.does) {
                self.disarm(at).await?;
            }
        }
        self.concluded.send_replace(true);
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
    /// What has to be undone.
    acting: Acting,
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
        Self { plan, state: State::Waiting, is_proved: false, begin, end, proof, acting: Acting::default() }
    }
}

/// The next stage, when it comes.
async fn later(stage: &mut watch::Receiver<Stage>, reached: Stage) -> Stage {
    let next = stage.wait_for(|stage| *stage > reached).await;
    next.map_or(Stage::Healing, |stage| *stage)
}
