//! Words for literal histories in which times count, and for calls of the mocked platform.

use pitfall_model::{Event, History, What};

use crate::literal::{Step, history, what};

/// The link of every call.
pub(crate) const LINK: &str = "save->platform";

/// One event to be, with its time.
#[derive(Debug, Clone)]
pub(crate) struct Timed {
    /// Milliseconds since the run began.
    pub(crate) at: u64,
    pub(crate) step: Step,
    conn: Option<u64>,
}

/// The event at so many milliseconds.
pub(crate) fn at(ms: u64, step: Step) -> Timed {
    Timed { at: ms, step, conn: None }
}

impl Timed {
    /// On a connection of [`LINK`].
    pub(crate) fn on(mut self, conn: u64) -> Self {
        self.conn = Some(conn);
        self
    }
}

/// A whole run that ended after so many milliseconds. What is of the platform was seen on [`LINK`].
pub(crate) fn timed(steps: impl IntoIterator<Item = Timed>, ended: u64) -> History {
    let steps: Vec<Timed> = steps.into_iter().collect();
    let mut history = history(steps.iter().map(|timed| timed.step.clone()));
    for (event, timed) in history.events.iter_mut().skip(1).zip(&steps) {
        event.at = timed.at * 1_000_000;
        event.conn = timed.conn;
        event.link = is_of_link(event).then(|| LINK.to_owned());
    }
    if let Some(last) = history.events.last_mut() {
        last.at = ended * 1_000_000;
    }
    history
}

fn is_of_link(event: &Event) -> bool {
    matches!(
        event.what,
        What::Request { .. } | What::Answer { .. } | What::Ban { .. } | What::ConnectionClosed { .. }
    )
}

fn of(order: &str, event: What) -> Step {
    let mut step = what(event);
    step.order = Some(order.into());
    step
}

/// The platform was asked to ship the order.
pub(crate) fn asked(request: u64, order: &str) -> Step {
    let (route, method, path) = ("ship".into(), "POST".into(), format!("/shop/orders/{order}/ship"));
    of(order, What::Request { request, route, method, path })
}

/// The platform answered at once.
pub(crate) fn answered(request: u64, order: &str, status: u16) -> Step {
    slowly(request, order, status, 0)
}

/// The platform decided on its answer, and was told to take so many milliseconds.
pub(crate) fn slowly(request: u64, order: &str, status: u16, delay_ms: u64) -> Step {
    let answer = What::Answer { request, route: "ship".into(), status, delay_ms };
    of(order, answer)
}

/// A ban of so many milliseconds from here.
pub(crate) fn banned(for_ms: u64) -> Step {
    what(What::Ban { route: "ship".into(), for_ms })
}

/// A connection ended.
pub(crate) fn closed() -> Step {
    what(What::ConnectionClosed { by: "client".into(), bytes_up: 1, bytes_down: 1 })
}

/// What a process of role `worker` has used so far, milliseconds of CPU.
pub(crate) fn used(instance: u32, cpu_ms: u64) -> Step {
    what(What::ProcessSampled { role: "worker".into(), instance, cpu_ms, memory: 1 })
}

/// The fault of [`OfAvailability`](pitfall_model::OfAvailability) begins.
pub(crate) fn broken() -> Step {
    what(What::FaultArmed { fault: "broker-dead".into() })
}
