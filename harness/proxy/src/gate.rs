//! Where a message waits until it is decided what becomes of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use crate::event::{LinkEvent, Observer};
use crate::fault::{Act, Change, ProtocolFault};
use crate::item::{Cut, Manner};
use crate::rendezvous::{Arrival, Meeting, Outcome};
use crate::wire::Wire;

/// What becomes of a message.
#[derive(Debug)]
pub(crate) enum Decision {
    Pass,
    Cut(Cut),
    /// By the fault of this name.
    Change(Arc<str>, Change),
}

/// A decision that is still to come.
pub(crate) type Deciding = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// A link's protocol faults, and whoever else wants messages to wait.
pub(crate) struct Gate {
    observer: Arc<dyn Observer>,
    faults: RwLock<Vec<Arc<Working>>>,
    /// Whether there are any, so that a link without them asks nobody.
    has_faults: AtomicBool,
}

/// A protocol fault at work.
struct Working {
    fault: ProtocolFault,
    name: Arc<str>,
    /// How often it may still act.
    left: AtomicU64,
    meeting: Meeting,
    removed: CancellationToken,
}

impl Gate {
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { observer, faults: RwLock::default(), has_faults: AtomicBool::new(false) }
    }

    pub(crate) fn observe(&self, event: LinkEvent) {
        self.observer.observe(event);
    }

    /// Whether messages of which this is told are to be held.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.observer.wants(kind)
            || self.has_faults.load(Ordering::Acquire) && self.faults().iter().any(|at| at.fault.kind == kind)
    }

    /// The names of its faults.
    pub(crate) fn names(&self) -> Vec<String> {
        self.faults().iter().map(|at| at.fault.name.clone()).collect()
    }

    pub(crate) fn add(&self, fault: ProtocolFault) {
        let working = Working {
            name: fault.name.as_str().into(),
            left: AtomicU64::new(fault.times.unwrap_or(u64::MAX)),
            meeting: Meeting::default(),
            removed: CancellationToken::new(),
            fault,
        };
        let mut faults = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        faults.push(Arc::new(working));
        self.has_faults.store(true, Ordering::Release);
    }

    /// Says whether there was one of that name. What it held back goes on.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let removed = {
            let mut faults = self.faults.write().unwrap_or_else(PoisonError::into_inner);
            let Some(at) = faults.iter().position(|at| *at.name == *name) else {
                return false;
            };
            let removed = faults.remove(at);
            self.has_faults.store(!faults.is_empty(), Ordering::Release);
            removed
        };
        removed.removed.cancel();
        for (key, conns) in removed.meeting.end() {
            self.meets(&removed, key, Outcome::Unreached, conns);
        }
        true
    }

    /// Decides what becomes of a message of which this was read, and has been told.
    pub(crate) fn decide(self: &Arc<Self>, conn: u64, about: Arc<[Wire]>) -> Deciding {
        let gate = self.clone();
        Box::pin(async move {
            if let Some(waiting) = gate.observer.attend(conn, &about) {
                waiting.await;
            }
            // Taken only now: what was waited for may have brought faults.
            for working in gate.faults() {
                if let Some(decision) = gate.apply(&working, conn, &about).await {
                    return decision;
                }
            }
            Decision::Pass
        })
    }

    /// What one fault does with a message; `None`: it goes on.
    async fn apply(&self, working: &Working, conn: u64, about: &[Wire]) -> Option<Decision> {
        let ProtocolFault { on, does, .. } = &working.fault;
        let key = about.iter().find_map(|what| on(what))?;
        if working.removed.is_cancelled() || !working.takes_one() {
            return None;
        }
        let name = &working.name;
        match does {
            Act::Delay(time) => {
                self.bites(name, conn, format!("held back for {time:?}"));
                tokio::select! {
                    () = tokio::time::sleep(*time) => {}
                    () = working.removed.cancelled() => {}
                }
                None
            }
            Act::Change(change) => Some(Decision::Change(name.clone(), change.clone())),
            Act::Cut => {
                let what = "cut the connection instead of letting it pass".to_owned();
                Some(Decision::Cut(Cut { toxic: name.clone(), manner: Manner::Reset, what }))
            }
            Act::Rendezvous { parties, within } => {
                match working.meeting.arrive(&key, conn, *parties) {
                    Arrival::Pass => {}
                    Arrival::Ended(outcome, conns) => self.meets(working, key, outcome, conns),
                    Arrival::Wait(together) => tokio::select! {
                        () = together.cancelled() => {}
                        () = working.removed.cancelled() => {}
                        () = tokio::time::sleep(*within) => working.meeting.limit(&key),
                    },
                }
                None
            }
        }
    }

    pub(crate) fn bites(&self, toxic: &str, conn: u64, what: String) {
        self.observe(LinkEvent::Bit { toxic: toxic.to_owned(), conn: Some(conn), what });
    }

    fn meets(&self, working: &Working, key: String, outcome: Outcome, conns: Vec<u64>) {
        self.observe(LinkEvent::Rendezvous { fault: working.fault.name.clone(), key, outcome, conns });
    }

    fn faults(&self) -> Vec<Arc<Working>> {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Working {
    /// Whether it may act once more; if so, that is counted.
    fn takes_one(&self) -> bool {
        let one_less = |left: u64| match left {
            u64::MAX => Some(left),
            _ => left.checked_sub(1),
        };
        self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_ok()
    }
}
