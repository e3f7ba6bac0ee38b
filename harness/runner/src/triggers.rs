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

/// How far faults have come.
#[derive(Debug, Default)]
pub(crate) struct Acted {
    /// So many events they have seen and acted on.
    pub(crate) upto: usize,
    /// Processes of this role were asked to end: what they say while they do must not wait for that end.
    pub(crate) leaving: Option<String>,
}

impl Acted {
    /// Whether a message may go on that is told of in the first `upto` events.
    fn lets_go(&self, link: &str, upto: usize) -> bool {
        let leaves = |role: &str| link.strip_prefix(role).is_some_and(|rest| rest.starts_with("->"));
        self.upto >= upto || self.leaving.as_deref().is_some_and(leaves)
    }
}

/// What faults wait for, and how far they have come.
#[derive(Clone)]
pub(crate) struct Triggers {
    awaited: Arc<BTreeSet<String>>,
    /// Told though nothing waits for them.
    told: Arc<BTreeSet<String>>,
    acted: watch::Receiver<Acted>,
}

impl Triggers {
    /// Of the faults of a plan; whoever makes them act says how many events they have seen.
    pub(crate) fn new(plan: &Plan) -> (watch::Sender<Acted>, Self) {
        let (sender, acted) = watch::channel(Acted::default());
        let conditions = plan.faults.iter().flat_map(|fault| std::iter::once(&fault.begin).chain(&fault.end));
        let awaited = conditions.flat_map(|condition| condition.events().map(str::to_owned)).collect();
        // What proves a fault, and what a step or the end waits for, holds nothing up, but has to be told.
        let proofs = plan.faults.iter().map(|fault| &fault.proof);
        let steps = plan.steps.iter().filter_map(|step| step.when.as_ref());
        let waits = proofs.chain(steps).chain([&plan.settle.when]);
        let told = waits.flat_map(|condition| condition.events().map(str::to_owned));
        let told = told.chain(plan.told.iter().cloned()).collect();
        (sender, Self { awaited: Arc::new(awaited), told: Arc::new(told), acted })
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
        let mut acted = self.triggers.acted.clone();
        let (recorder, link) = (self.recorder.clone(), self.link.clone());
        Some(Box::pin(async move {
            // An error says that faults have come to their end.
            let acting = acted.wait_for(|acted| acted.lets_go(&link, upto));
            if timeout(ACTING, acting).await.is_err() {
                let reason =
                    format!("a message went on before faults could act: they needed more than {ACTING:?}");
                recorder.record(Place::link(link, Some(conn)), What::Blind { reason });
            }
        }))
    }
}
