//! No loss: no acknowledged message is without effect.
//!
//! **Judged:** every order with a message in the topic.
//!
//! **`lost-message`:** one of the order's messages is acknowledged (a commit of the group is past its offset, and the last
//! commit of its partition still is), and the order has no row in the effect (no message, where the effect is a topic) when the
//! history ends. A row that was deleted again does not count as shown. One violation an order.
//!
//! **Unknown:** the order does not show and none of its messages is acknowledged; or a commit was past one, but the last commit
//! is not (the offset was taken back): the message is still to come.

use pitfall_model::{Anomaly, Judging, OfOrders, elapsed};

use crate::{
    commits::{Acknowledged, Commit, Commits},
    effects::{Lens, Seen},
    facts::{Facts, Name},
    found::{Found, Shown},
    live_rows::LiveRows,
    published::{Message, Published},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfOrders, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing("orders", why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let mut rows = LiveRows::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        if let Some(seen) = lens.see(facts, fact) {
            rows.apply(seen);
        }
    }

    let judge = Judge { facts, lens: &lens, commits: &commits };
    let mut found = Found::new("orders");
    for (order, messages) in published.into_orders().iter() {
        found.judged += 1;
        if !rows.of(order).is_empty() {
            continue;
        }
        match judge.lost(order, messages, rows.deleted(order)) {
            Some(shown) => found.violations.push(shown),
            None => found.unknown.extend(judge.unknown(order, messages)),
        }
    }
    found
}

/// Judges an order that does not show.
struct Judge<'a> {
    facts: &'a Facts,
    lens: &'a Lens<'a>,
    commits: &'a Commits<'a>,
}

impl Judge<'_> {
    fn lost(&self, order: Name, messages: &[Message], deleted: Option<Seen>) -> Option<Shown> {
        let acknowledged: Vec<(&Message, Commit)> = messages
            .iter()
            .filter_map(|message| match self.commits.acknowledged(message) {
                Acknowledged::Yes(by) => Some((message, by)),
                _ => None,
            })
            .collect();
        let ((message, by), (_, last_by)) = (acknowledged.first()?, acknowledged.last()?);
        let (id, lens) = (self.facts.text(order), self.lens);
        let (label, at) = (message.label(self.facts), elapsed(by.at));
        let sentence = match deleted {
            None => format!(
                "order {id}: {label} was acknowledged at {at}, yet nothing in {lens} shows the order when the run ends"
            ),
            Some(_) => format!(
                "order {id}: {label} was acknowledged at {at}, yet its row in {lens} was deleted again and nothing shows the order when the run ends"
            ),
        };
        let evidence =
            messages.iter().map(|m| m.seq).chain([by.seq, last_by.seq]).chain(deleted.map(|row| row.seq));
        Some(Shown::new(Anomaly::LostMessage, id.to_owned(), sentence, evidence))
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
