//! Progress: commits advance and never rewind or skip, redeliveries are bounded, failed commits are surfaced.
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
//! a log is not an alert. An effect is told by another tap than commits and exits, and may be told after what came behind it: where
//! links saw the message being given, its first handling begins where it was given first, and so on; and a commit that came after it was
//! given again excuses nothing.
//!
//! **What the group looked like from outside** between the first handling and the last that is shown, stands in the sentences of the
//! first two, and in their evidence: `Stable` with members, if it looked so at any time between them. Nothing is judged by it.
//!
//! **`offset-rewound`:** a commit of the group is less than the one before it in its partition, whoever made it: a reset counts. One
//! violation a partition, its first.
//!
//! **`offset-skipped`:** a commit is past a message that stands in the topic (the first commit that is; a reset counts), and no link
//! saw in the whole history that any consumer, of whatever group, was given the message. An answer that held the message counts as
//! given, though its client may never have got it. Offsets at which no message stands are nobody's. One violation a partition, its
//! first. Where no link saw anything of the topic being given, this is not judged.

mod deliveries;
mod offsets;
mod outside;

use pitfall_model::{Anomaly, Change, Judging, OfProgress, elapsed};

use crate::{
    commits::Commits,
    effects::{Lens, Seen},
    facts::{Did, Facts, Name},
    found::{Found, Shown},
    grouped::Gathered,
    map::Map,
    published::{Message, Published},
};
use deliveries::Deliveries;
use outside::Outside;

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfProgress, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing("messages", why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let mut deliveries = Deliveries::new(facts, &bounds.topic);
    let mut outside = Outside::new(facts, &bounds.group);
    let mut appeared: Gathered<Seen> = Gathered::default();
    let (role_judged, mut told) = (facts.name(&bounds.role), Vec::new());
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        deliveries.see(fact);
        outside.see(fact);
        match fact.did {
            Did::ProcessExited { role, .. } if Some(role) == role_judged => told.push(fact.seq),
            Did::Alert { .. } => told.push(fact.seq),
            _ => {}
        }
        if let Some(seen) = lens.see(facts, fact)
            && seen.key.is_some()
            && seen.change != Change::Delete
        {
            appeared.push(seen.order, seen);
        }
    }

    told.sort_unstable();

    let mut found = Found::new("messages");
    found.violations.extend(offsets::rewound(bounds, &commits));
    found.violations.extend(offsets::skipped(facts, bounds, &commits, &deliveries));
    let appeared = appeared.grouped();
    for (order, messages) in published.into_orders().iter().filter(|(order, _)| appeared.has(*order)) {
        let appeared = appeared.of(order);
        for item in items(messages, appeared) {
            found.judged += item.messages.len().min(item.handled.len());
            if item.again().is_some() {
                let judge = Judge {
                    facts,
                    order,
                    item: &item,
                    commits: &commits,
                    deliveries: &deliveries,
                    outside: &outside,
                    bounds,
                };
                found.violations.extend(judge.storm());
                found.violations.extend(judge.stalled());
                found.violations.extend(judge.silent(&told));
            }
        }
    }
    found
}

/// Messages that cannot be told apart, with the handlings that can be seen of them.
struct Item {
    messages: Vec<Message>,
    handled: Vec<Seen>,
}

impl Item {
    fn new<'s>(messages: Vec<Message>, appeared: impl Iterator<Item = &'s Seen>) -> Self {
        let mut keys: Map<Name, Vec<Seen>> = Map::default();
        for seen in appeared {
            let of_key = keys.entry(seen.key_or_order()).or_default();
            let same_transaction = of_key
                .last()
                .is_some_and(|last| seen.transaction.is_some() && last.transaction == seen.transaction);
            if !same_transaction {
                of_key.push(*seen);
            }
        }
        let mut handled = Vec::new();
        for of_key in keys.into_values() {
            if of_key.len() > handled.len() {
                handled = of_key;
            }
        }
        Self { messages, handled }
    }

    /// Its message; of several nobody can tell which one was given.
    fn only(&self) -> Option<&Message> {
        match self.messages.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The first handling beyond one for each message.
    fn again(&self) -> Option<Seen> {
        self.handled.get(self.messages.len()).copied()
    }
}

fn items(messages: &[Message], appeared: &[Seen]) -> Vec<Item> {
    let repeats = |seen: &Seen| seen.status.is_some() && messages.iter().any(|m| m.status == seen.status);
    if messages.len() == 1 || !appeared.iter().any(repeats) {
        return vec![Item::new(messages.to_vec(), appeared.iter())];
    }
    let mut by_status: Map<Option<Name>, Vec<Message>> = Map::default();
    for message in messages {
        by_status.entry(message.status).or_default().push(*message);
    }
    let of_status = |status: Option<Name>| appeared.iter().filter(move |seen| seen.status == status);
    by_status.into_iter().map(|(status, messages)| Item::new(messages, of_status(status))).collect()
}

/// One item that was handled again.
struct Judge<'a> {
    facts: &'a Facts,
    order: Name,
    item: &'a Item,
    commits: &'a Commits<'a>,
    deliveries: &'a Deliveries,
    outside: &'a Outside<'a>,
    bounds: &'a OfProgress,
}

impl Judge<'_> {
    fn storm(&self) -> Option<Shown> {
        let (times, expected) = (self.item.handled.len(), self.item.messages.len());
        let allowed = expected + self.bounds.redeliveries;
        (times > allowed).then(|| {
            let says = format!(
                "was handled again {} times, the bound is {}",
                times - expected,
                self.bounds.redeliveries
            );
            self.looking(Anomaly::RedeliveryStorm, &says, &self.item.handled[..=allowed])
        })
    }

    fn stalled(&self) -> Option<Shown> {
        let again = self.item.again()?;
        let stands = |m: &Message| {
            self.commits.last(m.partition).is_none_or(|last| last <= m.offset)
                && !self.commits.advanced_after(m.partition, again.seq)
        };
        self.item.messages.iter().all(stands).then(|| {
            let says = "was handled again and again, while the committed offset in front of it stood still to the end";
            self.looking(Anomaly::StalledCommits, says, &self.item.handled[..=self.item.messages.len()])
        })
    }

    fn silent(&self, told: &[u32]) -> Option<Shown> {
        let first_again = self.item.messages.len();
        let committed_by = |seq: u32| {
            self.item.messages.iter().any(|m| self.commits.past(m).is_some_and(|past| past.seq < seq))
        };
        let silent = |(handling, pair): &(usize, &[Seen])| {
            let (first, again) = (pair[0].seq, pair[1].seq);
            let from = self.given(*handling).map_or(first, |given| given.min(first));
            let given_again = self.given_before(again).filter(|given| *given > from);
            let first_told = told.get(told.partition_point(|seq| *seq < from));
            !committed_by(given_again.unwrap_or(again)) && first_told.is_none_or(|seq| *seq > again)
        };
        let pairs = self.item.handled.windows(2).enumerate().skip(first_again - 1);
        let (_, pair) = pairs.into_iter().find(silent)?;
        let says = format!(
            "was handled at {} and again at {}: no commit past it, no exit of role {} and no alert before that",
            elapsed(pair[0].at),
            elapsed(pair[1].at),
            self.bounds.role,
        );
        Some(self.shown(Anomaly::SilentCommitFailure, &says, pair))
    }

    /// Where the message was given that a handling is of: the first time for the first one, and so on.
    fn given(&self, handling: usize) -> Option<u32> {
        self.deliveries.nth(self.item.only()?, handling)
    }

    fn given_before(&self, seq: u32) -> Option<u32> {
        self.deliveries.last_before(self.item.only()?, seq)
    }

    /// With what the group looked like from outside meanwhile.
    fn looking(&self, anomaly: Anomaly, says: &str, handled: &[Seen]) -> Shown {
        let (first, last) =
            (handled.first().map_or(0, |seen| seen.seq), handled.last().map_or(0, |seen| seen.seq));
        match self.outside.between(first, last) {
            Some((looked, seq)) => self.shown(anomaly, &format!("{says}; {looked}"), handled).and(seq),
            None => self.shown(anomaly, says, handled),
        }
    }

    fn shown(&self, anomaly: Anomaly, says: &str, handled: &[Seen]) -> Shown {
        let labels: Vec<String> = self.item.messages.iter().map(|m| m.label(self.facts)).collect();
        let id = self.facts.text(self.order);
        let sentence = format!("order {id}: {} {says}", labels.join(", "));
        let published = self.item.messages.iter().map(|m| m.seq);
        let last = handled.last().map_or(u32::MAX, |seen| seen.seq);
        let in_front = self.item.messages.first().and_then(|m| self.commits.in_front(m, last));
        let evidence =
            published.chain(in_front.map(|commit| commit.seq)).chain(handled.iter().map(|seen| seen.seq));
        Shown::new(anomaly, id.to_owned(), sentence, evidence)
    }
}
