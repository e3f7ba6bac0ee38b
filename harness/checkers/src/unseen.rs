//! An order that shows nowhere when the history ends: whether it was acknowledged, so that nothing of it is still to come.

use pitfall_model::{Anomaly, elapsed};

use crate::{
    by_name::ByName,
    commits::{Acknowledged, Commit, Commits},
    effects::{Asked, Lens, Seen},
    facts::{Facts, Name},
    found::{Found, Shown},
    published::Message,
};

/// Judges orders that do not show.
pub(crate) struct Unseen<'a> {
    pub(crate) facts: &'a Facts,
    /// Where an order shows that was handled.
    pub(crate) lens: &'a Lens<'a>,
    pub(crate) commits: &'a Commits<'a>,
    /// What it is when it was acknowledged.
    pub(crate) anomaly: Anomaly,
    /// `nothing in kitchen.orders shows the order`.
    pub(crate) nothing: String,
}

impl Unseen<'_> {
    /// Judges one order: of the row that stood and went, and the call of which nobody saw what came, where there was one.
    pub(crate) fn judge(
        &self,
        found: &mut Found,
        order: Name,
        messages: &[Message],
        deleted: Option<Seen>,
        unanswered: Option<Asked>,
    ) {
        match (self.shown(order, messages, deleted), unanswered) {
            (Some(_), Some(call)) => found.unknown.push(format!(
                "order {}: {} was called for it at {}, and nobody saw what came of that",
                self.facts.text(order),
                self.lens,
                elapsed(call.at)
            )),
            (Some(shown), None) => found.violations.push(shown),
            (None, _) => found.unknown.extend(self.unknown(order, messages)),
        }
    }

    fn shown(&self, order: Name, messages: &[Message], deleted: Option<Seen>) -> Option<Shown> {
        let acknowledged: Vec<(&Message, Commit)> = messages
            .iter()
            .filter_map(|message| match self.commits.acknowledged(message) {
                Acknowledged::Yes(by) => Some((message, by)),
                _ => None,
            })
            .collect();
        let ((message, by), (_, last_by)) = (acknowledged.first()?, acknowledged.last()?);
        let (id, nothing) = (self.facts.text(order), &self.nothing);
        let (label, at) = (message.label(self.facts), elapsed(by.at));
        let again =
            deleted.map_or_else(String::new, |_| format!("its row in {} was deleted again and ", self.lens));
        let sentence =
            format!("order {id}: {label} was acknowledged at {at}, yet {again}{nothing} when the run ends");
        let evidence =
            messages.iter().map(|m| m.seq).chain([by.seq, last_by.seq]).chain(deleted.map(|row| row.seq));
        Some(Shown::new(self.anomaly, id.to_owned(), sentence, evidence))
    }

    fn unknown(&self, order: Name, messages: &[Message]) -> Option<String> {
        let message = messages.first()?;
        let (id, label) = (self.facts.text(order), message.label(self.facts));
        let last = self.commits.last_in_words(message.partition);
        Some(match self.commits.acknowledged(message) {
            Acknowledged::TakenBack(by) => {
                format!(
                    "order {id}: {label} was acknowledged at {}, but the offset was taken back ({last}): it is still to come",
                    elapsed(by.at)
                )
            }
            _ => format!("order {id}: {label} is neither acknowledged ({last}) nor shown"),
        })
    }
}

/// The calls of an effect of which nobody saw what came, by order.
pub(crate) fn unanswered(lens: &Lens<'_>) -> ByName<Asked> {
    let mut calls = ByName::default();
    for call in lens.unanswered() {
        if let Some(order) = call.order {
            calls.or_insert_with(order, || *call);
        }
    }
    calls
}
