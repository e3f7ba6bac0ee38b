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

use pitfall_model::{Anomaly, Event, Finding, History, Judging, OfOrders, Violation, elapsed};

use crate::{
    commits::{Acknowledged, Commits},
    effects::Lens,
    evidence::{finding, nothing, violation},
    live_rows::LiveRows,
    published::{Message, Published},
};

/// Judges one history.
pub fn check(history: &History, bounds: &OfOrders, judging: &Judging) -> Finding {
    let lens = match Lens::find(judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return nothing("orders", why),
    };
    let (mut published, mut commits) =
        (Published::new(&bounds.topic), Commits::new(&bounds.group, &bounds.topic));
    let mut rows = LiveRows::default();
    for event in &history.events {
        published.see(event);
        commits.see(event);
        if let Some(seen) = lens.see(event) {
            rows.apply(seen);
        }
    }

    let mut found = finding("orders");
    for (order, messages) in published.into_orders() {
        found.judged += 1;
        if !rows.of(order).is_empty() {
            continue;
        }
        match lost(order, &messages, &commits, lens, rows.deleted(order)) {
            Some(violation) => found.violations.push(violation),
            None => found.unknown.extend(unknown(order, &messages, &commits)),
        }
    }
    found
}

fn lost<'h>(
    order: &str,
    messages: &[Message<'h>],
    commits: &Commits<'h, '_>,
    lens: Lens<'_>,
    deleted: Option<&'h Event>,
) -> Option<Violation> {
    let acknowledged: Vec<(&Message<'h>, &'h Event)> = messages
        .iter()
        .filter_map(|message| match commits.acknowledged(message) {
            Acknowledged::Yes(by) => Some((message, by)),
            _ => None,
        })
        .collect();
    let ((message, by), (_, last_by)) = (acknowledged.first()?, acknowledged.last()?);
    let (label, at) = (message.label(), elapsed(by.at));
    let sentence = match deleted {
        None => format!(
            "order {order}: {label} was acknowledged at {at}, yet nothing in {lens} shows the order when the run ends"
        ),
        Some(_) => format!(
            "order {order}: {label} was acknowledged at {at}, yet its row in {lens} was deleted again and nothing shows the order when the run ends"
        ),
    };
    let evidence = messages.iter().map(|m| m.event).chain([*by, *last_by]).chain(deleted);
    Some(violation(Anomaly::LostMessage, order.to_owned(), sentence, evidence))
}

fn unknown(order: &str, messages: &[Message<'_>], commits: &Commits<'_, '_>) -> Option<String> {
    let message = messages.first()?;
    let (label, last) = (message.label(), commits.last_in_words(message.partition));
    Some(match commits.acknowledged(message) {
        Acknowledged::TakenBack(by) => {
            format!(
                "order {order}: {label} was acknowledged at {}, but the offset was taken back ({last}): it is still to come",
                elapsed(by.at)
            )
        }
        _ => format!("order {order}: {label} is neither acknowledged ({last}) nor shown"),
    })
}
