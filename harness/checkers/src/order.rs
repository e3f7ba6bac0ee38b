//! Order: an order's statuses are applied in publishing order.
//!
//! **Published** are the statuses of the order's messages: within a partition by offset, across partitions by time. **Applied**
//! are the statuses that its rows took on the source, in binlog order (of all its rows together; for an output topic, the
//! statuses of its messages). Applied statuses that were never published (an initial state) are ignored, then consecutive repeats
//! are one.
//!
//! **Judged:** every order with a published status that is acknowledged, or applied.
//!
//! **`out-of-order`:** the applied statuses cannot be laid onto the published ones without going back: a status was applied after
//! one that was published later. A status that was published twice may be applied at either place. One violation an order, its
//! first.
//!
//! **`skipped-status`:** a published status was never applied, though it was acknowledged, or though one published later was
//! applied. Told by name: of two copies of a status one is enough. One violation an order, naming every status skipped. An order
//! that never shows has all its acknowledged statuses skipped: that is why `lost-message` implies this anomaly.
//!
//! **Unknown:** a status that is neither applied, nor acknowledged, nor overtaken: it may still come.

use pitfall_model::{Anomaly, Change, Event, Finding, History, Judging, OfOrders, Violation, elapsed};

use crate::{
    commits::{Acknowledged, Commits},
    effects::{Lens, Seen},
    evidence::{finding, nothing, violation},
    map::Map,
    published::{Message, Published},
};

/// Judges one history.
pub fn check(history: &History, bounds: &OfOrders, judging: &Judging) -> Finding {
    let lens = match Lens::find(judging, &bounds.effect) {
        Ok(lens) if lens.tells_status() => lens,
        Ok(lens) => {
            return nothing(
                "orders",
                format!("{lens} names no status column: what was applied cannot be told"),
            );
        }
        Err(why) => return nothing("orders", why),
    };
    let (mut published, mut commits) =
        (Published::new(&bounds.topic), Commits::new(&bounds.group, &bounds.topic));
    let mut applied: Map<_, Vec<Seen<'_>>> = Map::default();
    for event in &history.events {
        published.see(event);
        commits.see(event);
        if let Some(seen) = lens.see(event)
            && seen.change != Change::Delete
            && seen.status.is_some()
        {
            applied.entry(seen.order.clone()).or_default().push(seen);
        }
    }

    let mut found = finding("orders");
    for (order, mut messages) in published.into_orders() {
        messages.retain(|message| message.status.is_some());
        let rows = applied.get(order).map_or(&[][..], Vec::as_slice);
        let track = Track::lay(&messages, rows);
        let skipped: Vec<Skipped<'_>> =
            track.missing().map(|message| Skipped::of(message, &commits, &track)).collect();
        let is_pending =
            |skipped: &&Skipped<'_>| skipped.acknowledged.is_none() && skipped.overtaken.is_none();
        let (pending, skipped): (Vec<_>, Vec<_>) = skipped.iter().partition(is_pending);
        found.judged += usize::from(!track.steps.is_empty() || !skipped.is_empty());
        found.violations.extend(track.backwards.map(|step| out_of_order(order, &messages, step)));
        found.violations.extend(skipped_status(order, lens, &skipped));
        found.unknown.extend(pending.iter().map(|pending| {
            let (label, last) = (pending.message.label(), commits.last_in_words(pending.message.partition));
            format!("order {order}: {label} is neither acknowledged ({last}) nor applied")
        }));
    }
    found
}

/// A step that went back: the status at `published` was applied by `event`, after `before` had applied one published later.
#[derive(Clone, Copy)]
struct Backwards<'h> {
    published: usize,
    event: &'h Event,
    later: usize,
    before: &'h Event,
}

/// The applied statuses of one order laid onto its published ones.
struct Track<'m, 'h> {
    messages: &'m [Message<'h>],
    /// Each applied status at the earliest place where it does not go back (or, where it must, its last place).
    steps: Vec<(usize, &'h Event)>,
    backwards: Option<Backwards<'h>>,
}

impl<'m, 'h> Track<'m, 'h> {
    /// Taking the earliest possible place each time finds a way without going back whenever there is one.
    fn lay(messages: &'m [Message<'h>], rows: &[Seen<'h>]) -> Self {
        let mut track = Self { messages, steps: Vec::new(), backwards: None };
        for seen in rows {
            let has_status = |message: &Message<'_>| message.status == seen.status.as_deref();
            let Some(last) = messages.iter().rposition(has_status) else {
                continue;
            };
            let here = track.steps.last().copied();
            let from = here.map_or(0, |(place, _)| place);
            match (messages[from..].iter().position(has_status), here) {
                (Some(0), Some(_)) => {}
                (Some(onwards), _) => track.steps.push((from + onwards, seen.event)),
                (None, None) => {}
                (None, Some((later, before))) => {
                    let step = Backwards { published: last, event: seen.event, later, before };
                    track.backwards = track.backwards.or(Some(step));
                    track.steps.push((last, seen.event));
                }
            }
        }
        track
    }

    /// The first message of each status that was never applied.
    fn missing(&self) -> impl Iterator<Item = Message<'h>> {
        let was_applied = |message: &Message<'_>| {
            self.steps.iter().any(|(place, _)| self.messages[*place].status == message.status)
        };
        let is_first = |index: usize, message: &Message<'_>| {
            self.messages[..index].iter().all(|m| m.status != message.status)
        };
        self.messages
            .iter()
            .enumerate()
            .filter(move |(index, m)| is_first(*index, m) && !was_applied(m))
            .map(|(_, m)| *m)
    }
}

/// A published status that was never applied, with what shows that its time is over.
struct Skipped<'h> {
    message: Message<'h>,
    acknowledged: Option<&'h Event>,
    overtaken: Option<&'h Event>,
}

impl<'h> Skipped<'h> {
    fn of(message: Message<'h>, commits: &Commits<'h, '_>, track: &Track<'_, 'h>) -> Self {
        let acknowledged = match commits.acknowledged(&message) {
            Acknowledged::Yes(by) => Some(by),
            _ => None,
        };
        let place = track.messages.iter().position(|m| m.event.seq == message.event.seq);
        let later = track.steps.iter().find(|(step, _)| Some(*step) > place);
        Self { message, acknowledged, overtaken: later.map(|(_, event)| *event) }
    }
}

fn out_of_order(order: &str, messages: &[Message<'_>], step: Backwards<'_>) -> Violation {
    let (earlier, later) = (&messages[step.published], &messages[step.later]);
    let sentence = format!(
        "order {order}: {} was applied at {}, after {}, which was published later and applied at {}",
        earlier.label(),
        elapsed(step.event.at),
        later.label(),
        elapsed(step.before.at),
    );
    violation(
        Anomaly::OutOfOrder,
        order.to_owned(),
        sentence,
        [earlier.event, later.event, step.before, step.event],
    )
}

fn skipped_status(order: &str, lens: Lens<'_>, skipped: &[&Skipped<'_>]) -> Option<Violation> {
    let first = skipped.first()?;
    let labels: Vec<String> = skipped.iter().map(|skipped| skipped.message.label()).collect();
    let why = match (first.acknowledged, first.overtaken) {
        (Some(by), _) => format!("was acknowledged at {}", elapsed(by.at)),
        (None, Some(by)) => format!("a later status was applied at {}", elapsed(by.at)),
        (None, None) => return None,
    };
    let sentence = format!(
        "order {order}: {} never applied to {lens}, though {why}",
        match labels.as_slice() {
            [one] => format!("{one} was"),
            many => format!("{} were", many.join(", ")),
        }
    );
    let events = skipped.iter().map(|skipped| skipped.message.event);
    let evidence = events.chain(first.acknowledged).chain(first.overtaken);
    Some(violation(Anomaly::SkippedStatus, order.to_owned(), sentence, evidence))
}
