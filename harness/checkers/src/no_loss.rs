//! No loss: no acknowledged message is without effect.
//!
//! **Judged:** every order with a message in the topic; and where the bounds name the action that publishes, every order for which it
//! was answered 2xx.
//!
//! **`lost-message`:** one of the order's messages is acknowledged (a commit of the group is past its offset, and the last
//! commit of its partition still is), and the order has no row in the effect (no message, where the effect is a topic; no call that
//! succeeded, where it is a route) when the history ends, and none among the dead letters, where the bounds say where those show. A
//! row that was deleted again does not count as shown. Or the action was answered 2xx, and there is neither a message of the order nor
//! anything that shows it: the broker had acknowledged what it did not keep. One violation an order.
//!
//! **Unknown:** the order does not show and none of its messages is acknowledged; or a commit was past one, but the last commit
//! is not (the offset was taken back): the message is still to come. Or the effect is a route, and a call for the order was never
//! answered: nobody saw what came of it.

use pitfall_model::{Anomaly, Judging, OfLoss, elapsed};

use crate::{
    by_name::ByName,
    commits::Commits,
    effects::Lens,
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    live_rows::LiveRows,
    published::Published,
    unseen::{Unseen, unanswered},
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfLoss, judging: &Judging) -> Found {
    let find = |effect: &str| Lens::find(facts, judging, effect);
    let (lens, dead) = match (find(&bounds.effect), bounds.dead.as_deref().map(find).transpose()) {
        (Ok(lens), Ok(dead)) => (lens, dead),
        (Err(why), _) | (_, Err(why)) => return Found::nothing("orders", why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let (mut rows, mut letters) = (LiveRows::default(), LiveRows::default());
    let (action, mut promised) = (bounds.action.as_deref().and_then(|it| facts.name(it)), ByName::default());
    for fact in facts.all() {
        if let Some(order) = fact.order.filter(|_| is_promised(fact, action)) {
            promised.or_insert_with(order, || *fact);
        }
        published.see(fact);
        commits.see(fact);
        if let Some(seen) = lens.see(facts, fact) {
            rows.apply(seen);
        }
        if let Some(seen) = dead.as_ref().and_then(|dead| dead.see(facts, fact)) {
            letters.apply(seen);
        }
    }

    let nothing = match &dead {
        None => format!("nothing in {lens} shows the order"),
        Some(dead) => format!("nothing in {lens} or {dead} shows the order"),
    };
    let shows = |order: Name| !rows.of(order).is_empty() || !letters.of(order).is_empty();
    let (orders, mut found) = (published.into_orders(), Found::new("orders"));
    for (order, acted) in promised.iter().filter(|(order, _)| !orders.has(*order)) {
        found.judged += 1;
        if !shows(order) {
            found.violations.push(never_came(facts, bounds, order, acted, &nothing));
        }
    }
    let unseen = Unseen { facts, lens: &lens, commits: &commits, anomaly: Anomaly::LostMessage, nothing };
    let unanswered = unanswered(&lens);
    for (order, messages) in orders.iter() {
        found.judged += 1;
        if !shows(order) {
            unseen.judge(&mut found, order, messages, rows.deleted(order), unanswered.get(order).copied());
        }
    }
    found
}

/// Whether whoever asked for the action was told that it is done.
fn is_promised(fact: &Fact, asked: Option<Name>) -> bool {
    matches!(fact.did, Did::Acted { action, status: 200..=299 } if Some(action) == asked)
}

fn never_came(facts: &Facts, bounds: &OfLoss, order: Name, acted: &Fact, nothing: &str) -> Shown {
    let (id, topic, at) = (facts.text(order), &bounds.topic, elapsed(acted.at));
    let action = bounds.action.as_deref().unwrap_or_default();
    let sentence = format!(
        "order {id}: {action} was answered as done at {at}, yet no message of it is in topic {topic}, and {nothing} when the run ends"
    );
    Shown::new(Anomaly::LostMessage, id.to_owned(), sentence, [acted.seq])
}
