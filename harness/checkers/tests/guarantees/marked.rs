//! Correct histories of orders, each event marked with what it is: so a test can say what damage to it must show.

use std::collections::BTreeMap;

use pitfall_model::{Event, History, What};
use proptest::prelude::*;

use crate::{literal::*, literal_world::*};

/// The statuses that orders go through.
const STATUSES: [&str; 4] = ["placed", "paid", "cooked", "picked-up"];

/// How one order goes: stored with all its parts, shown in every status, and its action handled.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Rows in the truth, and as many dishes.
    pub(crate) parts: usize,
    /// How often each of its statuses is published, from the first.
    pub(crate) copies: Vec<usize>,
    /// Whether the statuses after the first are published on another partition.
    pub(crate) spread: bool,
    /// Whether all is published before the first row is written; else each status is written before the next is published.
    pub(crate) ahead: bool,
    /// Whether the worker exits before it commits, and handles the action again.
    pub(crate) again: bool,
}

impl Order {
    /// By how many messages of its own the action is handled.
    pub(crate) fn keys(&self) -> usize {
        self.parts.max(1)
    }

    /// Its last status.
    pub(crate) fn last(&self) -> usize {
        self.copies.len() - 1
    }

    /// Two parts, two statuses, one of them published twice, the action handled again.
    fn full() -> Self {
        Self { parts: 2, copies: vec![2, 1], spread: false, ahead: false, again: true }
    }
}

/// What an event is within its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The run begins or ends.
    Frame,
    /// A part comes into the truth.
    Truth,
    /// The same in the replica's binlog.
    Replicated,
    /// A status is published, for the first time or again.
    Message { status: usize, copy: usize },
    /// A status is written to the order's row.
    Row { status: usize },
    /// A dish is stored, together with the first row.
    Dish,
    /// The kitchen commits.
    Commit,
    /// The action is published.
    Action,
    /// The action is given to the worker.
    Given,
    /// A message by which the action is handled; it carries one of the keys.
    Handled { key: usize },
    /// The worker exits.
    Exit,
    /// The worker commits.
    Worked,
}

/// An event of a correct history.
#[derive(Debug, Clone)]
pub(crate) struct Marked {
    pub(crate) event: Event,
    /// The number of its order.
    pub(crate) order: usize,
    pub(crate) kind: Kind,
}

impl Marked {
    /// The transaction of a row on the source.
    pub(crate) fn transaction(&self) -> Option<u64> {
        match self.event.what {
            What::RowChanged { transaction, .. } if self.kind != Kind::Replicated => Some(transaction),
            _ => None,
        }
    }
}

/// Orders of any kind, between two that have parts, copies and several statuses: so that there is enough to judge without any one event.
pub(crate) fn orders() -> impl Strategy<Value = Vec<Order>> {
    let copies = prop::collection::vec(1..=2_usize, 1..=STATUSES.len());
    let order = (0..=3_usize, copies, any::<[bool; 3]>())
        .prop_map(|(parts, copies, [spread, ahead, again])| Order { parts, copies, spread, ahead, again });
    prop::collection::vec(order, 0..=3).prop_map(|mut orders| {
        orders.insert(0, Order { again: false, ..Order::full() });
        orders.push(Order::full());
        orders
    })
}

/// As many orders that have everything.
pub(crate) fn full(count: usize) -> Vec<Order> {
    vec![Order::full(); count]
}

/// One order after the other, with every step right.
pub(crate) fn correct(orders: &[Order]) -> Vec<Marked> {
    let (mut steps, mut marks) = (Vec::new(), vec![(0, Kind::Frame)]);
    let mut offsets = BTreeMap::new();
    for (n, order) in orders.iter().enumerate() {
        for (step, kind) in
            stored(n, order).into_iter().chain(shown(n, order, &mut offsets)).chain(worked_on(n, order))
        {
            steps.push(step);
            marks.push((n, kind));
        }
    }
    marks.push((0, Kind::Frame));
    let events = history(steps).events.into_iter().zip(marks);
    events.map(|(event, (order, kind))| Marked { event, order, kind }).collect()
}

/// The history of these events, 100 ms apart.
pub(crate) fn unmarked(marked: &[Marked]) -> History {
    renumbered(marked.iter().map(|marked| marked.event.clone()).collect())
}

/// The parts of an order, as keys.
fn parts(n: usize, order: &Order) -> impl Iterator<Item = String> + Clone {
    (0..order.parts).map(move |part| format!("{n}-{part}"))
}

/// The rows but the first are in the first one's transaction.
fn in_one(steps: impl Iterator<Item = Step>) -> impl Iterator<Item = Step> {
    steps.enumerate().map(|(at, step)| if at == 0 { step } else { step.together() })
}

/// The truth has all parts.
fn stored(n: usize, order: &Order) -> Vec<(Step, Kind)> {
    let id = n.to_string();
    let rows = parts(n, order).map(|part| ordered(&part, &id));
    let truth = in_one(rows.clone()).map(|step| (step, Kind::Truth));
    truth.chain(rows.map(|step| (step.on_replica(), Kind::Replicated))).collect()
}

/// The order is published, written and committed; the dishes come with its first row.
fn shown(n: usize, order: &Order, offsets: &mut BTreeMap<i32, i64>) -> Vec<(Step, Kind)> {
    let id = n.to_string();
    let (mut published, mut written) = (Vec::new(), Vec::new());
    for (status, copies) in order.copies.iter().enumerate() {
        let partition = i32::from(order.spread && status > 0);
        let messages = (0..*copies).map(|copy| {
            let offset = offsets.entry(partition).or_insert(0);
            *offset += 1;
            (produced(&id, STATUSES[status], *offset - 1).on(partition), Kind::Message { status, copy })
        });
        published.push(messages.collect::<Vec<_>>());
        let row = if status == 0 { inserted(&id, STATUSES[0]) } else { updated(&id, STATUSES[status]) };
        let dishes =
            parts(n, order).filter(|_| status == 0).map(|part| (dish(&part, &id).together(), Kind::Dish));
        written.push([(row, Kind::Row { status })].into_iter().chain(dishes).collect::<Vec<_>>());
    }
    let commits = offsets.iter().map(|(partition, offset)| (committed(*offset).on(*partition), Kind::Commit));
    let steps: Vec<Vec<_>> = if order.ahead {
        published.into_iter().chain(written).collect()
    } else {
        published.into_iter().zip(written).flat_map(|(messages, rows)| [messages, rows]).collect()
    };
    steps.into_iter().flatten().chain(commits).collect()
}

/// The order's action is handled and committed.
fn worked_on(n: usize, order: &Order) -> Vec<(Step, Kind)> {
    let (id, offset) = (n.to_string(), n as i64);
    let mut steps = vec![(action(&id, offset), Kind::Action)];
    let handling = || {
        let messages =
            (0..order.keys()).map(|key| (handled(&id, &format!("{n}-{key}")), Kind::Handled { key }));
        [(fetched(offset, offset), Kind::Given)].into_iter().chain(messages).collect::<Vec<_>>()
    };
    steps.extend(handling());
    if order.again {
        steps.push((exited(1), Kind::Exit));
        steps.extend(handling());
    }
    steps.push((worked(offset + 1), Kind::Worked));
    steps
}
