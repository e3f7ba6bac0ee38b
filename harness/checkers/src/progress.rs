//! Progress: commits advance, redeliveries are bounded, failed commits are surfaced.
//!
//! That a message was handled is seen by its effect: the appearances of one key (primary key of a row on the source, key of an
//! output message) of the message's order. Each key should appear once for each handling; rows of one transaction are one
//! appearance, deletions are none, messages without a key cannot be told apart and are left out. The key that appears most often
//! says how often the message was handled. Where an order has several messages in the topic, they are told apart by status if
//! the effect repeats it; those that cannot be told apart are one *item*, and only appearances beyond its number of messages
//! count as handled again.
//!
//! **Judged:** every message handled at least once.
//!
//! **`redelivery-storm`:** handled again more often than `redeliveries`.
//!
//! **`stalled-commits`:** handled again, and when the history ends the last commit of its partition (if there is one) is not past
//! it and did not advance after it was handled again.
//!
//! **`silent-commit-failure`:** between one handling and the next no process of the role had exited and no alert was raised, and
//! no commit past the message was made before the next: so the group lived, the commit had failed, and nobody was told. A line in
//! a log is not an alert.

use std::borrow::Cow;

use pitfall_model::{
    Anomaly, Change, Event, Finding, History, Judging, OfProgress, Violation, What, elapsed,
};

use crate::{
    commits::Commits,
    effects::{Lens, Seen},
    evidence::{finding, nothing, violation},
    map::Map,
    published::{Message, Published},
};

/// Judges one history.
pub fn check(history: &History, bounds: &OfProgress, judging: &Judging) -> Finding {
    let lens = match Lens::find(judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return nothing("messages", why),
    };
    let (mut published, mut commits) =
        (Published::new(&bounds.topic), Commits::new(&bounds.group, &bounds.topic));
    let mut appeared: Map<Cow<'_, str>, Vec<Seen<'_>>> = Map::default();
    let mut told = Vec::new();
    for event in &history.events {
        published.see(event);
        commits.see(event);
        match &event.what {
            What::ProcessExited { role, .. } if *role == bounds.role => told.push(event.seq),
            What::Alert { .. } => told.push(event.seq),
            _ => {}
        }
        if let Some(seen) = lens.see(event)
            && seen.key.is_some()
            && seen.change != Change::Delete
        {
            appeared.entry(seen.order.clone()).or_default().push(seen);
        }
    }

    told.sort_unstable();

    let mut found = finding("messages");
    for (order, messages) in published.into_orders() {
        let Some(appeared) = appeared.get(order) else {
            continue;
        };
        for item in items(&messages, appeared) {
            found.judged += item.messages.len().min(item.handled.len());
            if item.again().is_some() {
                let judge = Judge { order, item: &item, commits: &commits, bounds };
                found.violations.extend(judge.storm());
                found.violations.extend(judge.stalled());
                found.violations.extend(judge.silent(&told));
            }
        }
    }
    found
}

/// Messages that cannot be told apart, with the handlings that can be seen of them.
struct Item<'h> {
    messages: Vec<Message<'h>>,
    handled: Vec<&'h Event>,
}

impl<'h> Item<'h> {
    fn new(messages: Vec<Message<'h>>, appeared: &[&Seen<'h>]) -> Self {
        let mut keys: Map<&str, Vec<&Seen<'h>>> = Map::default();
        for seen in appeared {
            let of_key = keys.entry(seen.key_or_order()).or_default();
            let same_transaction = of_key
                .last()
                .is_some_and(|last| seen.transaction.is_some() && last.transaction == seen.transaction);
            if !same_transaction {
                of_key.push(seen);
            }
        }
        let mut handled = Vec::new();
        for of_key in keys.into_values().filter(|of_key| !of_key.is_empty()) {
            if of_key.len() > handled.len() {
                handled = of_key.into_iter().map(|seen| seen.event).collect();
            }
        }
        Self { messages, handled }
    }

    /// The first handling beyond one for each message.
    fn again(&self) -> Option<&'h Event> {
        self.handled.get(self.messages.len()).copied()
    }
}

fn items<'h>(messages: &[Message<'h>], appeared: &[Seen<'h>]) -> Vec<Item<'h>> {
    let all: Vec<&Seen<'h>> = appeared.iter().collect();
    let repeats = |seen: &Seen<'_>| {
        seen.status.is_some() && messages.iter().any(|m| m.status == seen.status.as_deref())
    };
    if messages.len() == 1 || !appeared.iter().any(repeats) {
        return vec![Item::new(messages.to_vec(), &all)];
    }
    let mut by_status: Map<Option<&str>, Vec<Message<'h>>> = Map::default();
    for message in messages {
        by_status.entry(message.status).or_default().push(*message);
    }
    let of_status = |status: Option<&str>| {
        all.iter().copied().filter(|seen| seen.status.as_deref() == status).collect::<Vec<_>>()
    };
    by_status.into_iter().map(|(status, messages)| Item::new(messages, &of_status(status))).collect()
}

/// One item that was handled again.
struct Judge<'a, 'h> {
    order: &'a str,
    item: &'a Item<'h>,
    commits: &'a Commits<'h, 'a>,
    bounds: &'a OfProgress,
}

impl<'h> Judge<'_, 'h> {
    fn storm(&self) -> Option<Violation> {
        let (times, expected) = (self.item.handled.len(), self.item.messages.len());
        let allowed = expected + self.bounds.redeliveries;
        (times > allowed).then(|| {
            let says = format!(
                "was handled again {} times, the bound is {}",
                times - expected,
                self.bounds.redeliveries
            );
            self.violation(Anomaly::RedeliveryStorm, &says, &self.item.handled[..=allowed])
        })
    }

    fn stalled(&self) -> Option<Violation> {
        let again = self.item.again()?;
        let stands = |m: &Message<'_>| {
            self.commits.last(m.partition).is_none_or(|last| last <= m.offset)
                && !self.commits.advanced_after(m.partition, again.seq)
        };
        self.item.messages.iter().all(stands).then(|| {
            let says = "was handled again and again, while the committed offset in front of it stood still to the end";
            self.violation(Anomaly::StalledCommits, says, &self.item.handled[..=self.item.messages.len()])
        })
    }

    fn silent(&self, told: &[u64]) -> Option<Violation> {
        let first_again = self.item.messages.len();
        let committed_by = |seq: u64| {
            self.item.messages.iter().any(|m| self.commits.past(m).is_some_and(|past| past.seq < seq))
        };
        let silent = |pair: &&[&Event]| {
            let (from, to) = (pair[0].seq, pair[1].seq);
            let first_told = told.get(told.partition_point(|seq| *seq < from));
            !committed_by(to) && first_told.is_none_or(|seq| *seq > to)
        };
        let pair = self.item.handled[first_again - 1..].windows(2).find(silent)?;
        let says = format!(
            "was handled at {} and again at {}: no commit past it, no exit of role {} and no alert before that",
            elapsed(pair[0].at),
            elapsed(pair[1].at),
            self.bounds.role,
        );
        Some(self.violation(Anomaly::SilentCommitFailure, &says, pair))
    }

    fn violation(&self, anomaly: Anomaly, says: &str, handled: &[&'h Event]) -> Violation {
        let labels: Vec<String> = self.item.messages.iter().map(Message::label).collect();
        let sentence = format!("order {}: {} {says}", self.order, labels.join(", "));
        let published = self.item.messages.iter().map(|m| m.event);
        let last = handled.last().map_or(u64::MAX, |event| event.seq);
        let in_front = self.item.messages.first().and_then(|m| self.commits.in_front(m, last));
        violation(
            anomaly,
            self.order.to_owned(),
            sentence,
            published.chain(in_front).chain(handled.iter().copied()),
        )
    }
}
