//! Idempotency: concurrent and repeated copies of a message have one effect, and make no error.
//!
//! The effect is a table with one row an order.
//!
//! **Judged:** every order of which as many copies (the same status published again) as the bounds say, two unless they say
//! otherwise, are acknowledged: all were taken. With one, every acknowledged order is: where messages are delivered again, a history
//! shows them published once.
//!
//! **`duplicate-key-error`:** the source reports error 1062 in the effect's database, for a key of the effect's table (`for key
//! 'orders.PRIMARY'`, as MySQL says) or, where the message does not name a table (`'PRIMARY'`, as MariaDB says), from a statement
//! that names it. It is of the order that the error's event carries; else of the row whose primary key is the duplicate entry;
//! else of the published order with that id; else, for the primary key, of the entry's first number. One violation an order (one
//! an error, where the order cannot be told). An order needs no copies for this: a redelivered message is a copy too.
//!
//! **`duplicate-row`:** two rows with different primary keys stand for one order when the history ends.

use pitfall_model::{
    Anomaly, Event, Finding, History, Judging, OfCopies, TableEffect, Violation, What, elapsed,
};

use crate::{
    commits::{Acknowledged, Commits},
    effects::{Lens, Seen},
    evidence::{finding, nothing, violation},
    live_rows::LiveRows,
    map::Map,
    published::{Message, Published},
};

/// MySQL's number for a duplicate key.
const DUPLICATE_ENTRY: u32 = 1062;

/// Judges one history.
pub fn check(history: &History, bounds: &OfCopies, judging: &Judging) -> Finding {
    let unit = if bounds.copies > 1 { "orders with copies" } else { "orders" };
    let effect = match Lens::table(judging, &bounds.effect) {
        Ok(effect) => effect,
        Err(why) => return nothing(unit, why),
    };
    let (mut published, mut commits) =
        (Published::new(&bounds.topic), Commits::new(&bounds.group, &bounds.topic));
    let (mut rows, mut errors) = (LiveRows::default(), Vec::new());
    for event in &history.events {
        published.see(event);
        commits.see(event);
        if let Some(seen) = Lens::Table(effect).see(event) {
            rows.apply(seen);
        }
        errors.extend(DuplicateKey::read(event, effect));
    }

    let owners = if errors.is_empty() { Map::default() } else { owners(history, effect) };
    let orders = published.into_orders();
    let mut found = finding(unit);
    found.judged =
        orders.values().filter(|messages| copies_taken(messages, &commits) >= bounds.copies).count();
    let mut reported: Map<String, ()> = Map::default();
    for error in errors {
        let order = error.order(&owners, &orders);
        if order.clone().is_none_or(|order| reported.insert(order, ()).is_none()) {
            let messages =
                order.as_deref().and_then(|order| orders.get(order)).map_or(&[][..], Vec::as_slice);
            found.violations.push(error.violation(order, messages));
        }
    }
    let twice = orders.keys().filter_map(|order| duplicate_row(order, rows.of(order), effect));
    found.violations.extend(twice);
    found
}

/// Whose row each primary key is or was, the key written as error 1062 writes it.
fn owners(history: &History, effect: &TableEffect) -> Map<String, String> {
    let seen = history.events.iter().filter_map(|event| Lens::Table(effect).see(event));
    seen.map(|seen| (seen.key_or_order().replace(',', "-"), seen.order.into_owned())).collect()
}

/// How many equal messages of an order were taken, of those that are the most.
fn copies_taken(messages: &[Message<'_>], commits: &Commits<'_, '_>) -> usize {
    let taken: Vec<_> =
        messages.iter().filter(|m| matches!(commits.acknowledged(m), Acknowledged::Yes(_))).collect();
    let equal = |m: &Message<'_>| taken.iter().filter(|other| other.status == m.status).count();
    taken.iter().map(|m| equal(m)).max().unwrap_or_default()
}

/// An error 1062 on the effect's table.
struct DuplicateKey<'h> {
    event: &'h Event,
    message: &'h str,
    entry: &'h str,
    on_primary: bool,
}

impl<'h> DuplicateKey<'h> {
    fn read(event: &'h Event, effect: &TableEffect) -> Option<Self> {
        let What::SqlError { code: DUPLICATE_ENTRY, database, message, statement } = &event.what else {
            return None;
        };
        let (entry, key) = parse(message);
        let (table, key) = key.rsplit_once('.').map_or((None, key), |(table, key)| (Some(table), key));
        let is_ours =
            table.map_or_else(|| names(statement, &effect.table), |table| names(table, &effect.table));
        (is_ours && *database == effect.database).then_some(Self {
            event,
            message,
            entry,
            on_primary: key == "PRIMARY",
        })
    }

    fn order(&self, owners: &Map<String, String>, orders: &Map<&str, Vec<Message<'_>>>) -> Option<String> {
        let digits = self.entry.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
        let by_row = || self.on_primary.then(|| owners.get(self.entry).cloned()).flatten();
        let published = || orders.contains_key(self.entry).then(|| self.entry.to_owned());
        let by_number = || digits.filter(|_| self.on_primary).map(str::to_owned);
        self.event.order.clone().or_else(by_row).or_else(published).or_else(by_number)
    }

    fn violation(&self, order: Option<String>, messages: &[Message<'_>]) -> Violation {
        let of = order
            .as_deref()
            .map_or_else(|| "an order that cannot be told".to_owned(), |order| format!("order {order}"));
        let sentence =
            format!("{of}: error {DUPLICATE_ENTRY} at {}: {}", elapsed(self.event.at), self.message);
        let copies =
            messages.iter().filter(|m| messages.iter().filter(|other| other.status == m.status).count() > 1);
        let evidence: Vec<&Event> = copies.map(|m| m.event).chain([self.event]).collect();
        violation(Anomaly::DuplicateKeyError, order, sentence, evidence)
    }
}

/// Entry and key of `Duplicate entry '6' for key 'PRIMARY'`; empty where the message is of another form.
fn parse(message: &str) -> (&str, &str) {
    let inner = message.split_once("Duplicate entry '").and_then(|(_, rest)| rest.split_once("' for key '"));
    inner.map_or(("", ""), |(entry, key)| (entry, key.split('\'').next().unwrap_or_default()))
}

/// Whether the text names the table as a word of its own.
fn names(text: &str, table: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.split(|c| !is_part(c)).any(|word| word.eq_ignore_ascii_case(table))
}

fn duplicate_row(order: &str, rows: &[Seen<'_>], effect: &TableEffect) -> Option<Violation> {
    let [first, second, ..] = rows else {
        return None;
    };
    let (one, other) = (first.key_or_order(), second.key_or_order());
    let sentence = format!(
        "order {order}: {}.{} has rows {one} and {other} for it when the run ends",
        effect.database, effect.table
    );
    Some(violation(Anomaly::DuplicateRow, order.to_owned(), sentence, [first.event, second.event]))
}
