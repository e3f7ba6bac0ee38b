//! Waits: a topic's messages, each with the first time that its effect showed.
//!
//! A message is known by its order and its status: of equal ones the first counts, since its copies have nothing left to do.
//! Where an order's effect tells no status, only the order's first message can be followed. Where the messages' status is not
//! that of their orders, each order is followed from its first message to whatever shows first of it.

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
    gathered(facts, topic, lens, Waits::default())
}

/// The waits of a topic, one for each order: what status its effect has does not count.
pub(crate) fn of_orders(facts: &Facts, topic: &str, lens: &Lens<'_>) -> Vec<Wait> {
    gathered(facts, topic, lens, Waits { by_order: true, ..Waits::default() })
}

fn gathered(facts: &Facts, topic: &str, lens: &Lens<'_>, mut waits: Waits) -> Vec<Wait> {
    let (topic, mut rows) = (facts.name(topic), 0_u32);
    for fact in facts.all() {
        if let Some(wait) = message(fact, topic) {
            waits.publish(wait);
        }
        rows = rows.saturating_add(lens.filled(fact));
        let Some(seen) = lens.see(facts, fact) else { continue };
        match seen.change {
            Change::Insert => rows = rows.saturating_add(1),
            Change::Delete => rows = rows.saturating_sub(1),
            Change::Update => {}
        }
        if seen.change != Change::Delete {
            waits.show(&seen, rows);
        }
    }
    waits.joined()
}

fn message(fact: &Fact, topic: Option<Name>) -> Option<Wait> {
    let Did::Produced { bytes, .. } = fact.did else { return None };
    Message::told(fact, topic).map(|message| Wait { message, bytes, shown: None })
}

/// Messages and effects as they come; an order has few of either, and finds its own from the last one back.
#[derive(Default)]
struct Waits {
    /// No status tells messages, or effects, of an order apart.
    by_order: bool,
    /// The first message of each status of each order.
    published: Vec<Wait>,
    /// For each of them, the one before it of its order.
    published_before: Vec<Link>,
    shown: Vec<Shows>,
    /// The last message and the last effect of each order.
    last: ByName<(Link, Link)>,
}

/// A place in a list; 0 is none, else it is one more. Never more than there are events, and those are counted in 32 bits.
type Link = u32;

/// The first appearance of a status of an order; of none, where the effect does not tell it.
#[derive(Clone, Copy)]
struct Shows {
    effect: Effect,
    status: Option<Name>,
    /// The one before it of its order.
    before: Link,
}

impl Waits {
    fn publish(&mut self, wait: Wait) {
        let last = &mut self.last.entry(wait.message.order).0;
        let mut before = *last;
        while let Some(place) = before.checked_sub(1) {
            if self.by_order || self.published[place as usize].message.status == wait.message.status {
                return;
            }
            before = self.published_before[place as usize];
        }
        self.published_before.push(std::mem::replace(last, self.published.len() as Link + 1));
        self.published.push(wait);
    }

    fn show(&mut self, seen: &Seen, rows: u32) {
        let last = &mut self.last.entry(seen.order).1;
        let status = seen.status.filter(|_| !self.by_order);
        if shown(&self.shown, *last).any(|before| before.status == status) {
            return;
        }
        let effect = Effect { at: seen.at, seq: seen.seq, rows };
        let before = std::mem::replace(last, self.shown.len() as Link + 1);
        self.shown.push(Shows { effect, status, before });
    }

    /// Every message with its effect, those of which can be told when they had it.
    fn joined(self) -> Vec<Wait> {
        let Self { published: mut waits, published_before, shown: all, last, .. } = self;
        let mut before = published_before.iter();
        waits.retain_mut(|wait| {
            let is_first = before.next() == Some(&0);
            let of_order = || shown(&all, last.get(wait.message.order).map_or(0, |last| last.1));
            let tells = of_order().any(|it| it.status.is_some()) || of_order().next().is_none();
            let status = wait.message.status;
            let is_its = |it: &&Shows| !tells || status.is_none() || it.status == status;
            wait.shown = of_order().filter(is_its).last().map(|first| first.effect);
            tells || is_first
        });
        if !waits.is_sorted_by_key(|wait| wait.message.seq) {
            waits.sort_unstable_by_key(|wait| wait.message.seq);
        }
        waits
    }
}

/// What an order showed, from the last back to the first.
fn shown(all: &[Shows], last: Link) -> impl Iterator<Item = &Shows> {
    let at = |link: Link| all.get(link.checked_sub(1)? as usize);
    std::iter::successors(at(last), move |shows| at(shows.before))
}
