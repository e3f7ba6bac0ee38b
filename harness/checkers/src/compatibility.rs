//! Compatibility: old and new messages are handled right by old and new versions.
//!
//! A message tells the version that made it, and so does a row of the effect. A *meeting* is a row that one version stored of a
//! message of a version: each state in which a transaction on the source left the order's row, and the order's messages with that
//! state's status (all of them, where the row tells none, or one that no message has). Messages and states that tell no version
//! meet nobody.
//!
//! **Judged:** every order with a meeting.
//!
//! **`field-lost`:** a message of one version met a handler of another, and a `required` column of what was stored is NULL, missing
//! or empty. That it is filled again later does not help whoever reads it before. One violation an order, its first.
//!
//! **Unknown:** messages of several versions have the state's status, and a required column is empty: which of them it was cannot be
//! told. A version's own handler left a required column empty: that is no matter of versions, and may hide one. Fewer pairs of
//! versions met than the bounds ask for; or no row has a column of a required name.

use pitfall_model::{Anomaly, Change, Judging, OfVersions, elapsed};

use crate::{
    effects::{Lens, Seen},
    facts::{Cells, Did, Facts, Name},
    found::{Found, Shown},
    grouped::Gathered,
    published::{Message, Published},
};

const UNIT: &str = "orders";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfVersions, judging: &Judging) -> Found {
    let lens = match Lens::table(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let mut required = Vec::new();
    for column in &bounds.required {
        match facts.name(column) {
            Some(name) => required.push(name),
            None => return Found::nothing(UNIT, format!("no row of {lens} has a column `{column}`")),
        }
    }
    let (mut published, mut states) = (Published::new(facts, &bounds.topic), Gathered::default());
    for fact in facts.all() {
        published.see(fact);
        if let Some(seen) = lens.see(facts, fact)
            && let Did::RowChanged { row, .. } = fact.did
            && seen.change != Change::Delete
        {
            states.push(seen.order, State::of(&seen, empty(facts, row, &required)));
        }
    }

    let mut judge = Judge { facts, found: Found::new(UNIT), met: Vec::new() };
    let states = states.grouped();
    for (order, messages) in published.into_orders().iter() {
        judge.order(order, messages, left(states.of(order)));
    }
    judge.pairs(bounds.pairs);
    judge.found
}

/// The first required column that the row leaves empty.
fn empty(facts: &Facts, row: Cells, required: &[Name]) -> Option<Name> {
    let is_empty =
        |column: &&Name| facts.cell(row, **column).is_none_or(|value| facts.text(value).is_empty());
    required.iter().find(is_empty).copied()
}

/// A state in which a transaction left an order's row. When that was is asked of the facts: there are hundreds of thousands of states.
#[derive(Clone, Copy)]
struct State {
    seq: u32,
    transaction: Option<u32>,
    key: Option<Name>,
    status: Option<Name>,
    version: Option<Name>,
    /// A required column that is empty.
    empty: Option<Name>,
}

impl State {
    fn of(seen: &Seen, empty: Option<Name>) -> Self {
        let Seen { seq, transaction, key, status, version, .. } = *seen;
        Self { seq, transaction, key, status, version, empty }
    }
}

/// The states that transactions left: a row that one changes again is its state until then no more, since nobody else saw that.
fn left(states: &[State]) -> impl Iterator<Item = &State> {
    states
        .chunk_by(|one, next| one.transaction == next.transaction && one.key == next.key)
        .filter_map(<[State]>::last)
}

struct Judge<'f> {
    facts: &'f Facts,
    found: Found,
    /// Version of the message, version of the handler.
    met: Vec<(Name, Name)>,
}

impl Judge<'_> {
    fn order<'s>(&mut self, order: Name, messages: &[Message], states: impl Iterator<Item = &'s State>) {
        let (mut is_judged, mut lost) = (false, None);
        for state in states {
            let Some(handler) = state.version else { continue };
            match stored(messages, state) {
                Stored::Nothing => continue,
                Stored::One(message, version) => {
                    if !self.met.contains(&(version, handler)) {
                        self.met.push((version, handler));
                    }
                    match state.empty {
                        Some(column) if version == handler => self.own(order, message, state, column),
                        Some(column) => {
                            lost = lost.or_else(|| Some(self.lost(order, message, state, column)));
                        }
                        None => {}
                    }
                }
                Stored::Several => self.ambiguous(order, state),
            }
            is_judged = true;
        }
        self.found.judged += usize::from(is_judged);
        self.found.violations.extend(lost);
    }

    fn lost(&self, order: Name, message: &Message, state: &State, column: Name) -> Shown {
        let id = self.facts.text(order);
        let sentence = format!(
            "order {id}: {}, of version {}, was stored at {} by a handler of version {} with {} empty",
            message.label(self.facts),
            self.version(message.version),
            elapsed(self.facts.at(state.seq)),
            self.version(state.version),
            self.facts.text(column),
        );
        Shown::new(Anomaly::FieldLost, id.to_owned(), sentence, [message.seq, state.seq])
    }

    fn own(&mut self, order: Name, message: &Message, state: &State, column: Name) {
        self.found.unknown.push(format!(
            "order {}: {} was stored at {} with {} empty by a handler of its own version {}: that is no matter of versions",
            self.facts.text(order),
            message.label(self.facts),
            elapsed(self.facts.at(state.seq)),
            self.facts.text(column),
            self.version(state.version),
        ));
    }

    fn ambiguous(&mut self, order: Name, state: &State) {
        if let Some(column) = state.empty {
            self.found.unknown.push(format!(
                "order {}: a handler of version {} left {} empty at {}, but messages of several versions may be what it stored",
                self.facts.text(order),
                self.version(state.version),
                self.facts.text(column),
                elapsed(self.facts.at(state.seq)),
            ));
        }
    }

    /// Enough of those pairs met that the bounds ask for.
    fn pairs(&mut self, asked: usize) {
        if self.met.len() >= asked {
            return;
        }
        let pair = |(message, handler): &(Name, Name)| {
            format!("messages of {} by {}", self.facts.text(*message), self.facts.text(*handler))
        };
        let met: Vec<String> = self.met.iter().map(pair).collect();
        let met = if met.is_empty() { "none".to_owned() } else { met.join(", ") };
        self.found.unknown.push(format!("{} of {asked} pairs of versions met: {met}", self.met.len()));
    }

    fn version(&self, version: Option<Name>) -> &str {
        version.map_or("?", |version| self.facts.text(version))
    }
}

/// The messages that a state may be of.
enum Stored<'m> {
    /// None that tells a version.
    Nothing,
    /// This one (or others of its version), of this version.
    One(&'m Message, Name),
    /// Messages of several versions.
    Several,
}

fn stored<'m>(messages: &'m [Message], state: &State) -> Stored<'m> {
    let has_status = |message: &&Message| state.status.is_some() && message.status == state.status;
    let by_status = messages.iter().any(|message| has_status(&message));
    let may_be = |message: &&'m Message| !by_status || has_status(message);
    let mut versions = messages
        .iter()
        .filter(may_be)
        .filter_map(|message| message.version.map(|version| (message, version)));
    match versions.next() {
        None => Stored::Nothing,
        Some((_, first)) if versions.any(|(_, version)| version != first) => Stored::Several,
        Some((message, version)) => Stored::One(message, version),
    }
}
