//! What holds messages on links until faults have acted: a fault that begins or ends with a message acts before that message
//! goes on.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pitfall_model::{Place, Plan, What};
use pitfall_proxy::{LinkEvent, Observer, Waiting, Wire};
use pitfall_recorder::Recorder;
use tokio::{sync::watch, time::timeout};

use crate::{links, names::Names};

/// A message waits no longer than this for faults.
const ACTING: Duration = Duration::from_secs(60);

/// What faults wait for, and how far they have come.
#[derive(Clone)]
pub(crate) struct Triggers {
    awaited: Arc<BTreeSet<String>>,
    /// Told though nothing waits for them.
    told: Arc<BTreeSet<String>>,
    seen: watch::Receiver<usize>,
}

impl Triggers {
    /// Of the faults of a plan; whoever makes them act says how many events they have seen.
    pub(crate) fn new(plan: &Plan) -> (watch::Sender<usize>, Self) {
        let (sender, seen) = watch::channel(0);
        let conditions = plan.faults.iter().flat_map(|fault| std::iter::once(&fault.begin).chain(&fault.end));
        let awaited = conditions.flat_map(|condition| condition.events().map(str::to_owned)).collect();
        let told = plan.told.iter().cloned().collect();
        (sender, Self { awaited: Arc::new(awaited), told: Arc::new(told), seen })
    }
}

/// Puts what a link tells into the history.
pub(crate) struct LinkObserver {
    pub(crate) recorder: Recorder,
    pub(crate) names: Names,
    pub(crate) link: String,
    pub(crate) triggers: Triggers,
}

impl Observer for LinkObserver {
    fn observe(&self, event: LinkEvent) {
        let (conn, what) = links::told(&self.names, event);
        self.recorder.record(Place::link(&self.link, conn), what);
    }

    fn wants(&self, kind: &str) -> bool {
        self.triggers.awaited.contains(kind) || self.triggers.told.contains(kind)
    }

    fn attend(&self, conn: u64, about: &[Wire]) -> Option<Waiting> {
        if !about.iter().any(|what| self.triggers.awaited.contains(what.kind())) {
            return None;
        }
        let upto = self.recorder.len();
        let mut seen = self.triggers.seen.clone();
        let (recorder, link) = (self.recorder.clone(), self.link.clone());
        Some(Box::pin(async move {
            // An error says that faults have come to their end.
            if timeout(ACTING, seen.wait_for(|seen| *seen >= upto)).await.is_err() {
                let reason =
                    format!("a message went on before faults could act: they needed more than {ACTING:?}");
                recorder.record(Place::link(link, Some(conn)), What::Blind { reason });
            }
        }))
    }
}
