//! Faults: armed, proved and healed as their conditions come, each step in the history.

mod brokers;
mod doing;
mod engine;
mod processes;

use std::{sync::Arc, time::Duration};

use pitfall_model::PlannedFault;
use pitfall_platform::Slow;
use pitfall_recorder::Recorder;
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{cluster::Cluster, error::RunError, links::Links, system::System, triggers::Acted};
use engine::{Engine, Stage};

/// Arming after an event takes no longer than this.
const ARMING: Duration = Duration::from_secs(60);

/// What faults act on.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) links: Arc<Links>,
    pub(crate) system: Arc<System>,
    pub(crate) slow: Slow,
    /// The run's own brokers, if it has any.
    pub(crate) cluster: Option<Arc<Cluster>>,
    /// Told how many events the faults have acted on, and whose messages must not wait meanwhile.
    pub(crate) acted: watch::Sender<Acted>,
}

/// The faults of a run, at work until [`Faults::heal`].
pub(crate) struct Faults {
    recorder: Recorder,
    acted: watch::Receiver<Acted>,
    stage: watch::Sender<Stage>,
    concluded: watch::Receiver<bool>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Faults {
    /// Begins to follow the history. Faults that begin at the start act when this returns.
    pub(crate) async fn start(
        faults: &[PlannedFault],
        recorder: Recorder,
        reach: Reach,
    ) -> Result<Self, RunError> {
        let acted = reach.acted.subscribe();
        let (stage, staged) = watch::channel(Stage::Starting);
        let (concluded_tx, concluded) = watch::channel(false);
        let engine = Engine::new(faults, recorder.clone(), reach, concluded_tx);
        let started = Self { recorder, acted, stage, concluded, task: tokio::spawn(engine.run(staged)) };
        started.caught_up().await?;
        Ok(started)
    }

    /// The workload begins: from now on counts what begins `after` a time.
    pub(crate) fn workload_begins(&self) {
        self.stage.send_replace(Stage::Working);
    }

    /// Waits until every fault has taken note of every event there is now, and acted on it.
    pub(crate) async fn caught_up(&self) -> Result<(), RunError> {
        let upto = self.recorder.len();
        let mut acted = self.acted.clone();
        let failed = |error: &str| RunError::server("arm the faults that begin now")(error.into());
        let waited = timeout(ARMING, acted.wait_for(|acted| acted.upto >= upto)).await;
        waited
            .map_err(|_| failed("it took longer than a minute"))?
            .map_err(|_| failed("a fault could not be armed"))
            .map(drop)
    }

    /// Tells the history which faults never began, and how those ended that wait for others.
    pub(crate) async fn conclude(&self) {
        self.stage.send_replace(Stage::Concluding);
        let mut concluded = self.concluded.clone();
        // If the task is gone, `heal` says why.
        let _ = timeout(ARMING, concluded.wait_for(|concluded| *concluded)).await;
    }

    /// Ends every fault; waits for it.
    pub(crate) async fn heal(self) -> Result<(), RunError> {
        self.stage.send_replace(Stage::Healing);
        self.task.await.map_err(|error| RunError::server("heal the faults")(error.into()))?
    }
}
