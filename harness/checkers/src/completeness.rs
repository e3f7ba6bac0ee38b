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

use pitfall_model::{Anomaly, Change, Judging, OfParts, Server, elapsed};

use crate::{
    by_name::ByName,
    effects::{Lens, Seen},
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    live_rows::LiveRows,
    published::{Message, Published},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfParts, judging: &Judging) -> Found {
    match Tables::find(facts, bounds, judging) {
        Ok(tables) => tables.judge(&bounds.topic),
        Err(why) => Found::nothing("orders", why),
    }
}

/// The three tables that are counted.
struct Tables<'a> {
    facts: &'a Facts,
    effect: Lens<'a>,
    parts: Lens<'a>,
    truth: Lens<'a>,
}

impl<'a> Tables<'a> {
    fn find(facts: &'a Facts, bounds: &OfParts, judging: &'a Judging) -> Result<Self, String> {
        let truth = judging.truth.get(&bounds.truth);
        Ok(Self {
            facts,
            effect: Lens::table(facts, judging, &bounds.effect)?,
            parts: Lens::table(facts, judging, &bounds.parts)?,
            truth: Lens::of_table(
                facts,
                truth.ok_or_else(|| format!("no table of truth is named `{}`", bounds.truth))?,
            ),
        })
    }

    fn judge(&self, topic: &str) -> Found {
        let (mut published, mut count) = (Published::new(self.facts, topic), Count::default());
        for fact in self.facts.all() {
            published.see(fact);
            if let Did::RowChanged { server: Server::Source, transaction, .. } = fact.did {
                self.take(fact, transaction, &mut count);
            }
        }
        count.close();

        let replicated = self.replicated(&count.partial);
        let mut found = Found::new("orders");
        for (order, messages) in published.into_orders().iter() {
            if count.truth.ever(order) {
                found.judged += 1;
                let partial = count.partial.get(order);
                found.violations.extend(partial.map(|partial| self.partial(order, partial, &replicated)));
                let first = messages.first();
                found.violations.extend(first.and_then(|first| self.incomplete(order, first, &count)));
            }
        }
        found
    }

    fn take(&self, fact: &Fact, transaction: u32, count: &mut Count) {
        if let Some(seen) = self.effect.see(self.facts, fact) {
            count.enter(transaction);
            if seen.change != Change::Delete {
                count.touched.push(seen);
            }
            count.rows.apply(seen);
        }
        if let Some(seen) = self.parts.see(self.facts, fact) {
            count.enter(transaction);
            count.parts.apply(seen);
        }
        if let Some(seen) = self.truth.see(self.facts, fact) {
            count.enter(transaction);
            count.coming.push(seen);
        }
    }

    fn partial(&self, order: Name, partial: &Partial, replicated: &Replicated) -> Shown {
        let id = self.facts.text(order);
        let sentence = format!(
            "order {id}: stored in {} at {} with {} of the {} parts that {} had committed before",
            self.effect,
            elapsed(partial.stored.at),
            partial.shown,
            partial.committed,
            self.truth,
        );
        let late = partial.missing.iter().filter_map(|row| replicated.get(row.key?)?[row.change as usize]);
        let evidence = partial.missing.iter().map(|row| row.seq).chain([partial.stored.seq]).chain(late);
        Shown::new(Anomaly::PartialReadStored, id.to_owned(), sentence, evidence)
    }

    fn incomplete(&self, order: Name, published: &Message, count: &Count) -> Option<Shown> {
        let (row, parts, truth) =
            (count.rows.of(order).first(), count.parts.of(order).len(), count.truth.of(order).len());
        let id = self.facts.text(order);
        let sentence = match row {
            Some(_) if parts >= truth => return None,
            Some(_) => format!(
                "order {id}: {} shows {parts} of the {truth} parts of {} when the run ends",
                self.parts, self.truth
            ),
            None => format!(
                "order {id}: nothing in {} shows the order when the run ends; {} has parts of it",
                self.effect, self.truth
            ),
        };
        let rows = count.missing(order).into_iter().chain(row.copied()).chain(count.rows.deleted(order));
        let evidence = [published.seq].into_iter().chain(rows.map(|row| row.seq));
        Some(Shown::new(Anomaly::IncompleteOrder, id.to_owned(), sentence, evidence))
    }

    /// When the replica's binlog has changes of rows that were missing: it shows how late the replica was.
    fn replicated(&self, partial: &ByName<Partial>) -> Replicated {
        let mut replicated = Replicated::default();
        for row in partial.iter().flat_map(|(_, partial)| &partial.missing) {
            row.key.into_iter().for_each(|key| *replicated.entry(key) = [None; 3]);
        }
        let table = self.truth.database_and_table();
        let table = table.and_then(|(d, t)| self.facts.name(d).zip(self.facts.name(t)));
        if partial.iter().next().is_none() {
            return replicated;
        }
        for fact in self.facts.all() {
            if let Did::RowChanged { server: Server::Replica, database, table: of, change, key, .. } =
                fact.did
                && Some((database, of)) == table
                && let Some(first) = replicated.get_mut(key)
            {
                first[change as usize].get_or_insert(fact.seq);
            }
        }
        replicated
    }
}

/// By key, then by kind of change: the first such change in the replica's binlog.
type Replicated = ByName<[Option<u32>; 3]>;

/// An order's row stored with too few parts.
struct Partial {
    stored: Seen,
    shown: usize,
    committed: usize,
    missing: Vec<Seen>,
}

/// What stands at one point of the source's binlog.
#[derive(Default)]
struct Count {
    transaction: Option<u32>,
    rows: LiveRows,
    parts: LiveRows,
    truth: LiveRows,
    /// What the open transaction does to the truth.
    coming: Vec<Seen>,
    /// The rows of orders that the open transaction wrote.
    touched: Vec<Seen>,
    partial: ByName<Partial>,
}

impl Count {
    fn enter(&mut self, transaction: u32) {
        if self.transaction != Some(transaction) {
            self.close();
            self.transaction = Some(transaction);
        }
    }

    /// The open transaction has committed.
    fn close(&mut self) {
        for at in 0..self.touched.len() {
            let stored = self.touched[at];
            let order = stored.order;
            let (shown, committed) = (self.parts.of(order).len(), self.truth.of(order).len());
            if shown < committed && !self.partial.has(order) {
                let missing = self.missing(order);
                self.partial.or_insert_with(order, || Partial { stored, shown, committed, missing });
            }
        }
        self.touched.clear();
        for seen in self.coming.drain(..) {
            // An update of a row that stands keeps its insert: that is when the part came.
            let known = seen.change == Change::Update && self.truth.has(seen.order, seen.key_or_order());
            if !known {
                self.truth.apply(seen);
            }
        }
    }

    /// At most two rows of the truth that show what is missing: those whose key no part has, or else the last to come.
    fn missing(&self, order: Name) -> Vec<Seen> {
        let truth = self.truth.of(order);
        let lacking = truth.len().saturating_sub(self.parts.of(order).len()).min(2);
        let without_part = |row: &&Seen| !self.parts.has(order, row.key_or_order());
        let by_key: Vec<Seen> = truth.iter().filter(without_part).take(lacking).copied().collect();
        if by_key.len() == lacking && truth.iter().any(|row| !without_part(&row)) {
            return by_key;
        }
        truth.iter().rev().take(lacking).copied().collect()
    }
}
