//! Idempotency: concurrent and repeated copies of a message have one effect, and make no error.
//!
//! The effect is a table with one row an order, an output topic, or a route: its calls that succeeded.
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
//!
//! **`duplicate-effect`:** where the effect is a topic or a route, the order had more effects than messages: messages with the same
//! status are one. Effects in a topic are counted for each key (those without a key cannot be told apart and are left out), and for
//! each status, where they tell one that was published. A call that failed, or was never answered, is not counted. An order needs
//! no copies for this either. One violation an order, its first.

mod duplicate_effect;

use pitfall_model::{Anomaly, Judging, OfCopies, elapsed};

use crate::{
    commits::{Acknowledged, Commits},
    effects::{Lens, Seen},
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    grouped::Gathered,
    live_rows::LiveRows,
    map::Map,
    published::{Message, Orders, Published},
};
use duplicate_effect::{Duplicates, Once};

/// MySQL's number for a duplicate key.
const DUPLICATE_ENTRY: u32 = 1062;

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfCopies, judging: &Judging) -> Found {
    let unit = if bounds.copies > 1 { "orders with copies" } else { "orders" };
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(unit, why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let (mut rows, mut errors) = (LiveRows::default(), Vec::new());
    let mut effects: Gathered<Once> = Gathered::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        match lens.see(facts, fact) {
            Some(seen) if lens.database_and_table().is_some() => rows.apply(seen),
            Some(seen) => {
                if let Some(once) = Once::of(&seen, &lens) {
                    effects.push(seen.order, once);
                }
            }
            None => {}
        }
        errors.extend(DuplicateKey::read(facts, fact, &lens));
    }

    let owners = if errors.is_empty() { Map::default() } else { owners(facts, &lens) };
    let orders = published.into_orders();
    let mut found = Found::new(unit);
    let mut by_status = Vec::new();
    for (_, messages) in orders.iter() {
        by_status.clear();
        by_status.extend(messages);
        found.judged += usize::from(are_copies_taken(&mut by_status, &commits, bounds.copies));
    }
    let mut reported: Map<String, ()> = Map::default();
    for error in errors {
        let order = error.order(facts, &owners, &orders);
        if order.clone().is_none_or(|order| reported.insert(order, ()).is_none()) {
            let messages = order.as_deref().and_then(|order| Some(orders.of(facts.name(order)?)));
            found.violations.push(error.shown(order, messages.unwrap_or_default()));
        }
    }
    let twice = orders.iter().filter_map(|(order, _)| duplicate_row(facts, order, rows.of(order), &lens));
    found.violations.extend(twice);
    let (effects, mut more) = (effects.grouped(), Duplicates::new(facts, &lens));
    let more = orders.iter().filter_map(|(order, messages)| more.first(order, messages, effects.of(order)));
    found.violations.extend(more);
    found
}

/// Whose row each primary key is or was, the key written as error 1062 writes it.
fn owners(facts: &Facts, lens: &Lens<'_>) -> Map<String, Name> {
    let mut owners: Map<Name, Name> = Map::default();
    for seen in facts.all().iter().filter_map(|fact| lens.see(facts, fact)) {
        owners.insert(seen.key_or_order(), seen.order);
    }
    owners.into_iter().map(|(key, order)| (facts.text(key).replace(',', "-"), order)).collect()
}

/// Whether so many equal messages of an order were taken. Only of those that are so many is it asked.
fn are_copies_taken(messages: &mut [&Message], commits: &Commits<'_>, copies: usize) -> bool {
    let is_taken = |m: &&&Message| matches!(commits.acknowledged(m), Acknowledged::Yes(_));
    messages.sort_unstable_by_key(|message| message.status);
    let mut alike = messages.chunk_by(|one, other| one.status == other.status);
    alike.any(|alike| alike.len() >= copies && alike.iter().filter(is_taken).count() >= copies)
}

/// An error 1062 on the effect's table.
struct DuplicateKey<'f> {
    at: u64,
    seq: u32,
    of: Option<Name>,
    message: &'f str,
    entry: &'f str,
    on_primary: bool,
}

impl<'f> DuplicateKey<'f> {
    fn read(facts: &'f Facts, fact: &Fact, lens: &Lens<'_>) -> Option<Self> {
        let Did::SqlError { code: DUPLICATE_ENTRY, database, message, statement } = fact.did else {
            return None;
        };
        let (of_database, of_table) = lens.database_and_table()?;
        let message = facts.text(message);
        let (entry, key) = parse(message);
        let (table, key) = key.rsplit_once('.').map_or((None, key), |(table, key)| (Some(table), key));
        let is_ours =
            table.map_or_else(|| names(facts.text(statement), of_table), |table| names(table, of_table));
        (is_ours && facts.text(database) == of_database).then_some(Self {
            at: fact.at,
            seq: fact.seq,
            of: fact.order,
            message,
            entry,
            on_primary: key == "PRIMARY",
        })
    }

    fn order(&self, facts: &Facts, owners: &Map<String, Name>, orders: &Orders) -> Option<String> {
        let digits = self.entry.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
        let by_row = || owners.get(self.entry).copied().filter(|_| self.on_primary);
        let published = || facts.name(self.entry).filter(|order| orders.has(*order));
        let named = self.of.or_else(by_row).or_else(published).map(|order| facts.text(order));
        named.or(digits.filter(|_| self.on_primary)).map(str::to_owned)
    }

    fn shown(&self, order: Option<String>, messages: &[Message]) -> Shown {
        let of = order
            .as_deref()
            .map_or_else(|| "an order that cannot be told".to_owned(), |order| format!("order {order}"));
        let sentence = format!("{of}: error {DUPLICATE_ENTRY} at {}: {}", elapsed(self.at), self.message);
        let copies =
            messages.iter().filter(|m| messages.iter().filter(|other| other.status == m.status).count() > 1);
        let evidence = copies.map(|m| m.seq).chain([self.seq]);
        Shown::new(Anomaly::DuplicateKeyError, order, sentence, evidence)
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

fn duplicate_row(facts: &Facts, order: Name, rows: &[Seen], lens: &Lens<'_>) -> Option<Shown> {
    let [first, second, ..] = rows else {
        return None;
    };
    let (one, other) = (facts.text(first.key_or_order()), facts.text(second.key_or_order()));
    let id = facts.text(order);
    let sentence = format!("order {id}: {lens} has rows {one} and {other} for it when the run ends");
    Some(Shown::new(Anomaly::DuplicateRow, id.to_owned(), sentence, [first.seq, second.seq]))
}
