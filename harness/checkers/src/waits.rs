//! Waits: a topic's messages, each with the first time that its effect showed.
//!
//! A message is known by its order and its status: of equal ones the first counts, since its copies have nothing left to do.
//! Where an order's effect tells no status, only the order's first message can be followed.

use pitfall_model::Change;

use crate::{
    by_name::ByName,
    effects::{Lens, Seen},
    facts::{Did, Fact, Facts, Name},
    published::Message,
};

/// A message, and the wait for its effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) message: Message,
    pub(crate) bytes: u32,
    /// None where the effect never showed.
    pub(crate) shown: Option<Effect>,
}

/// The first appearance of a message's effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effect {
    pub(crate) at: u64,
    pub(crate) seq: u32,
    /// Rows that stood in the effect's table then, of all orders.
    pub(crate) rows: u32,
}

impl Wait {
    /// How long the effect took, nanoseconds; a tap may tell the effect before another tells the message.
    pub(crate) fn took(&self) -> Option<u64> {
        self.shown.map(|shown| shown.at.saturating_sub(self.message.at))
    }
}

/// The waits of a topic, in the order in which the messages came.
pub(crate) fn of(facts: &Facts, topic: &str, lens: &Lens<'_>) -> Vec<Wait> {
    let (topic, mut rows) = (facts.name(topic), 0_u32);
    let mut orders: ByName<OfOrder> = ByName::default();
    for fact in facts.all() {
        if let Some((order, wait)) = message(fact, topic) {
            orders.entry(order).publish(wait);
        }
        let Some(seen) = lens.see(facts, fact) else { continue };
        match seen.change {
            Change::Insert => rows = rows.saturating_add(1),
            Change::Delete => rows = rows.saturating_sub(1),
            Change::Update => {}
        }
        if seen.change != Change::Delete {
            orders.entry(seen.order).show(&seen, rows);
        }
    }
    let mut waits: Vec<Wait> = orders.iter().flat_map(|(_, order)| order.waits()).collect();
    waits.sort_unstable_by_key(|wait| wait.message.seq);
    waits
}

fn message(fact: &Fact, of: Option<Name>) -> Option<(Name, Wait)> {
    let Did::Produced { topic, partition, offset, status, version, bytes, .. } = fact.did else {
        return None;
    };
    let order = fact.order.filter(|_| Some(topic) == of)?;
    let (at, seq) = (fact.at, fact.seq);
    let message = Message { at, offset, seq, partition, topic, order, status, version };
    Some((order, Wait { message, bytes, shown: None }))
}

/// What is known of one order; it has few statuses.
#[derive(Default)]
struct OfOrder {
    /// The first message of each status.
    published: Vec<Wait>,
    /// The first appearance of each status; of none, where the effect does not tell it.
    shown: Vec<(Option<Name>, Effect)>,
}

impl OfOrder {
    fn publish(&mut self, wait: Wait) {
        if self.published.iter().all(|before| before.message.status != wait.message.status) {
            self.published.push(wait);
        }
    }

    fn show(&mut self, seen: &Seen, rows: u32) {
        if self.shown.iter().all(|(status, _)| *status != seen.status) {
            self.shown.push((seen.status, Effect { at: seen.at, seq: seen.seq, rows }));
        }
    }

    fn waits(&self) -> impl Iterator<Item = Wait> {
        let tells = self.shown.iter().any(|(status, _)| status.is_some());
        let tells = tells || self.shown.is_empty();
        let published =
            if tells { &self.published[..] } else { &self.published[..self.published.len().min(1)] };
        published.iter().map(move |wait| {
            let is_its =
                |status: &Option<Name>| wait.message.status.is_none() || *status == wait.message.status;
            let shown = self.shown.iter().find(|(status, _)| !tells || is_its(status));
            Wait { shown: shown.map(|(_, effect)| *effect), ..*wait }
        })
    }
}
