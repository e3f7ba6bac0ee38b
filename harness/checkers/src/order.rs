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

use std::borrow::Cow;

use pitfall_model::{Anomaly, Change, Judging, OfOrders, elapsed};

use crate::{
    commits::{Acknowledged, Commit, Commits},
    effects::{Lens, Seen},
    facts::{Facts, Name},
    found::{Found, Shown},
    grouped::Gathered,
    published::{Message, Published},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfOrders, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) if lens.tells_status() => lens,
        Ok(lens) => {
            let why = format!("{lens} names no status column: what was applied cannot be told");
            return Found::nothing("orders", why);
        }
        Err(why) => return Found::nothing("orders", why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let mut applied: Gathered<Seen> = Gathered::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        if let Some(seen) = lens.see(facts, fact)
            && seen.change != Change::Delete
            && seen.status.is_some()
        {
            applied.push(seen.order, seen);
        }
    }

    let mut found = Found::new("orders");
    let applied = applied.grouped();
    for (order, messages) in published.into_orders().iter() {
        let messages = &*with_status(messages);
        let track = Track::lay(messages, applied.of(order));
        let skipped: Vec<Skipped> =
            track.missing().map(|message| Skipped::of(message, &commits, &track)).collect();
        let is_pending = |skipped: &&Skipped| skipped.acknowledged.is_none() && skipped.overtaken.is_none();
        let (pending, skipped): (Vec<_>, Vec<_>) = skipped.iter().partition(is_pending);
        found.judged += usize::from(!track.steps.is_empty() || !skipped.is_empty());
        found.violations.extend(track.backwards.map(|step| out_of_order(facts, order, messages, step)));
        found.violations.extend(skipped_status(facts, order, &lens, &skipped));
        found.unknown.extend(pending.iter().map(|pending| {
            let (label, last) =
                (pending.message.label(facts), commits.last_in_words(pending.message.partition));
            format!("order {}: {label} is neither acknowledged ({last}) nor applied", facts.text(order))
        }));
    }
    found
}

/// The messages that tell a status: mostly all.
fn with_status(messages: &[Message]) -> Cow<'_, [Message]> {
    let tells = |message: &Message| message.status.is_some();
    if messages.iter().all(tells) {
        return Cow::Borrowed(messages);
    }
    messages.iter().filter(|message| tells(message)).copied().collect()
}

/// A step that went back: the status at `published` was applied by `seen`, after `before` had applied one published later.
#[derive(Clone, Copy)]
struct Backwards {
    published: usize,
    seen: Seen,
    later: usize,
    before: Seen,
}

/// The applied statuses of one order laid onto its published ones.
struct Track<'m> {
    messages: &'m [Message],
    /// Each applied status at the earliest place where it does not go back (or, where it must, its last place).
    steps: Vec<(usize, Seen)>,
    backwards: Option<Backwards>,
}

impl<'m> Track<'m> {
    /// Taking the earliest possible place each time finds a way without going back whenever there is one.
    fn lay(messages: &'m [Message], rows: &[Seen]) -> Self {
        let mut track = Self { messages, steps: Vec::new(), backwards: None };
        for seen in rows {
            let has_status = |message: &Message| message.status == seen.status;
            let Some(last) = messages.iter().rposition(has_status) else {
                continue;
            };
            let here = track.steps.last().copied();
            let from = here.map_or(0, |(place, _)| place);
            match (messages[from..].iter().position(has_status), here) {
                (Some(0), Some(_)) => {}
                (Some(onwards), _) => track.steps.push((from + onwards, *seen)),
                (None, None) => {}
                (None, Some((later, before))) => {
                    let step = Backwards { published: last, seen: *seen, later, before };
                    track.backwards = track.backwards.or(Some(step));
                    track.steps.push((last, *seen));
                }
            }
        }
        track
    }

    /// The first message of each status that was never applied.
    fn missing(&self) -> impl Iterator<Item = Message> {
        let was_applied = |message: &Message| {
            self.steps.iter().any(|(place, _)| self.messages[*place].status == message.status)
        };
        let is_first = |index: usize, message: &Message| {
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
struct Skipped {
    message: Message,
    acknowledged: Option<Commit>,
    overtaken: Option<Seen>,
}

impl Skipped {
    fn of(message: Message, commits: &Commits<'_>, track: &Track<'_>) -> Self {
        let acknowledged = match commits.acknowledged(&message) {
            Acknowledged::Yes(by) => Some(by),
            _ => None,
        };
        let place = track.messages.iter().position(|m| m.seq == message.seq);
        let later = track.steps.iter().find(|(step, _)| Some(*step) > place);
        Self { message, acknowledged, overtaken: later.map(|(_, seen)| *seen) }
    }
}

fn out_of_order(facts: &Facts, order: Name, messages: &[Message], step: Backwards) -> Shown {
    let (earlier, later) = (&messages[step.published], &messages[step.later]);
    let id = facts.text(order);
    let sentence = format!(
        "order {id}: {} was applied at {}, after {}, which was published later and applied at {}",
        earlier.label(facts),
        elapsed(step.seen.at),
        later.label(facts),
        elapsed(step.before.at),
    );
    let evidence = [earlier.seq, later.seq, step.before.seq, step.seen.seq];
    Shown::new(Anomaly::OutOfOrder, id.to_owned(), sentence, evidence)
}

fn skipped_status(facts: &Facts, order: Name, lens: &Lens<'_>, skipped: &[&Skipped]) -> Option<Shown> {
    let first = skipped.first()?;
    let labels: Vec<String> = skipped.iter().map(|skipped| skipped.message.label(facts)).collect();
    let why = match (first.acknowledged, first.overtaken) {
        (Some(by), _) => format!("was acknowledged at {}", elapsed(by.at)),
        (None, Some(by)) => format!("a later status was applied at {}", elapsed(by.at)),
        (None, None) => return None,
    };
    let id = facts.text(order);
    let sentence = format!(
        "order {id}: {} never applied to {lens}, though {why}",
        match labels.as_slice() {
            [one] => format!("{one} was"),
            many => format!("{} were", many.join(", ")),
        }
    );
    let messages = skipped.iter().map(|skipped| skipped.message.seq);
    let evidence =
        messages.chain(first.acknowledged.map(|by| by.seq)).chain(first.overtaken.map(|by| by.seq));
    Some(Shown::new(Anomaly::SkippedStatus, id.to_owned(), sentence, evidence))
}
