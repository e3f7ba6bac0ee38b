//! Completeness: no incomplete read is stored as complete; every order ends with all its parts.
//!
//! Effect, parts and truth are tables of one source, so its binlog orders them exactly. Parts are counted, not compared: the
//! consumer's keys need not be those of the truth.
//!
//! **Judged:** every order with a message in the topic and at least one row in the truth.
//!
//! **`partial-read-stored`:** a transaction inserts or updates the order's row in the effect, and once it has committed fewer
//! parts of the order stand than rows stood in the truth before it (rows that the transaction itself adds to the truth do not
//! count). One violation an order, its first. A part that the truth gains between the consumer's read and its write counts as
//! missing: a scenario that judges this commits all parts before it publishes.
//!
//! **`incomplete-order`:** when the history ends, fewer parts of the order stand than rows in the truth, or the order does not
//! show at all.

use std::borrow::Cow;

use pitfall_model::{
    Anomaly, Change, Event, Finding, History, Judging, OfParts, Server, Violation, What, elapsed,
};

use crate::{
    effects::{Lens, Seen},
    evidence::{finding, nothing, violation},
    live_rows::LiveRows,
    map::Map,
    published::Published,
};

/// Judges one history.
pub fn check(history: &History, bounds: &OfParts, judging: &Judging) -> Finding {
    match Tables::find(bounds, judging) {
        Ok(tables) => tables.judge(history, &bounds.topic),
        Err(why) => nothing("orders", why),
    }
}

/// The three tables that are counted.
#[derive(Clone, Copy)]
struct Tables<'j> {
    effect: Lens<'j>,
    parts: Lens<'j>,
    truth: Lens<'j>,
}

impl<'j> Tables<'j> {
    fn find(bounds: &OfParts, judging: &'j Judging) -> Result<Self, String> {
        let truth = judging.truth.get(&bounds.truth);
        Ok(Self {
            effect: Lens::Table(Lens::table(judging, &bounds.effect)?),
            parts: Lens::Table(Lens::table(judging, &bounds.parts)?),
            truth: Lens::Table(
                truth.ok_or_else(|| format!("no table of truth is named `{}`", bounds.truth))?,
            ),
        })
    }

    fn judge(self, history: &History, topic: &str) -> Finding {
        let (mut published, mut count) = (Published::new(topic), Count::default());
        for event in &history.events {
            published.see(event);
            if let What::RowChanged { server: Server::Source, transaction, .. } = &event.what {
                self.take(event, *transaction, &mut count);
            }
        }
        count.close();

        let mut found = finding("orders");
        for (order, messages) in published.into_orders() {
            if count.truth.ever(order) {
                found.judged += 1;
                found
                    .violations
                    .extend(count.partial.get(order).map(|partial| self.partial(order, partial, history)));
                found
                    .violations
                    .extend(messages.first().and_then(|first| self.incomplete(order, first.event, &count)));
            }
        }
        found
    }

    fn take<'h>(self, event: &'h Event, transaction: u64, count: &mut Count<'h>) {
        if let Some(seen) = self.effect.see(event) {
            count.enter(transaction);
            if seen.change != Change::Delete {
                count.touched.push((seen.order.clone(), event));
            }
            count.rows.apply(seen);
        }
        if let Some(seen) = self.parts.see(event) {
            count.enter(transaction);
            count.parts.apply(seen);
        }
        if let Some(seen) = self.truth.see(event) {
            count.enter(transaction);
            count.coming.push(seen);
        }
    }

    fn partial(self, order: &str, partial: &Partial<'_>, history: &History) -> Violation {
        let sentence = format!(
            "order {order}: stored in {} at {} with {} of the {} parts that {} had committed before",
            self.effect,
            elapsed(partial.stored.at),
            partial.shown,
            partial.committed,
            self.truth,
        );
        let late = partial.missing.iter().filter_map(|row| on_replica(row, history));
        let evidence = partial.missing.iter().copied().chain([partial.stored]).chain(late);
        violation(Anomaly::PartialReadStored, order.to_owned(), sentence, evidence)
    }

    fn incomplete(self, order: &str, published: &Event, count: &Count<'_>) -> Option<Violation> {
        let (row, parts, truth) =
            (count.rows.of(order).first(), count.parts.of(order).len(), count.truth.of(order).len());
        let sentence = match row {
            Some(_) if parts >= truth => return None,
            Some(_) => format!(
                "order {order}: {} shows {parts} of the {truth} parts of {} when the run ends",
                self.parts, self.truth
            ),
            None => format!(
                "order {order}: nothing in {} shows the order when the run ends; {} has parts of it",
                self.effect, self.truth
            ),
        };
        let missing = count.missing(order);
        let evidence = [published]
            .into_iter()
            .chain(missing)
            .chain(row.map(|row| row.event))
            .chain(count.rows.deleted(order));
        Some(violation(Anomaly::IncompleteOrder, order.to_owned(), sentence, evidence))
    }
}

/// An order's row stored with too few parts.
struct Partial<'h> {
    stored: &'h Event,
    shown: usize,
    committed: usize,
    missing: Vec<&'h Event>,
}

/// What stands at one point of the source's binlog.
#[derive(Default)]
struct Count<'h> {
    transaction: Option<u64>,
    rows: LiveRows<'h>,
    parts: LiveRows<'h>,
    truth: LiveRows<'h>,
    /// What the open transaction does to the truth.
    coming: Vec<Seen<'h>>,
    /// The orders whose row the open transaction wrote.
    touched: Vec<(Cow<'h, str>, &'h Event)>,
    partial: Map<Cow<'h, str>, Partial<'h>>,
}

impl<'h> Count<'h> {
    fn enter(&mut self, transaction: u64) {
        if self.transaction != Some(transaction) {
            self.close();
            self.transaction = Some(transaction);
        }
    }

    /// The open transaction has committed.
    fn close(&mut self) {
        for (order, stored) in std::mem::take(&mut self.touched) {
            let (shown, committed) = (self.parts.of(&order).len(), self.truth.of(&order).len());
            if shown < committed && !self.partial.contains_key(&order) {
                let missing = self.missing(&order);
                self.partial.insert(order, Partial { stored, shown, committed, missing });
            }
        }
        for seen in std::mem::take(&mut self.coming) {
            // An update of a row that stands keeps its insert: that is when the part came.
            let known = seen.change == Change::Update && self.truth.has(&seen.order, seen.key_or_order());
            if !known {
                self.truth.apply(seen);
            }
        }
    }

    /// At most two rows of the truth that show what is missing: those whose key no part has, or else the last to come.
    fn missing(&self, order: &str) -> Vec<&'h Event> {
        let truth = self.truth.of(order);
        let lacking = truth.len().saturating_sub(self.parts.of(order).len()).min(2);
        let without_part = |row: &&Seen<'h>| !self.parts.has(order, row.key_or_order());
        let by_key: Vec<&'h Event> =
            truth.iter().filter(without_part).map(|row| row.event).take(lacking).collect();
        if by_key.len() == lacking && truth.iter().any(|row| !without_part(&row)) {
            return by_key;
        }
        truth.iter().rev().take(lacking).map(|row| row.event).collect()
    }
}

/// The same change of the same row in the replica's binlog: it shows how late the replica was.
fn on_replica<'h>(source: &Event, history: &'h History) -> Option<&'h Event> {
    let What::RowChanged { database, table, change, key, .. } = &source.what else {
        return None;
    };
    history.events.iter().find(|event| {
        matches!(&event.what, What::RowChanged { server: Server::Replica, database: d, table: t, change: c, key: k, .. }
            if k == key && t == table && d == database && c == change)
    })
}
