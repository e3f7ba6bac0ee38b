//! No loss: no acknowledged message is without effect.
//!
//! **Judged:** every order with a message in the topic.
//!
//! **`lost-message`:** one of the order's messages is acknowledged (a commit of the group is past its offset, and the last
//! commit of its partition still is), and the order has no row in the effect (no message, where the effect is a topic; no call that
//! succeeded, where it is a route) when the history ends, and none among the dead letters, where the bounds say where those show. A
//! row that was deleted again does not count as shown. One violation an order.
//!
//! **Unknown:** the order does not show and none of its messages is acknowledged; or a commit was past one, but the last commit
//! is not (the offset was taken back): the message is still to come. Or the effect is a route, and a call for the order was never
//! answered: nobody saw what came of it.

use pitfall_model::{Anomaly, Judging, OfLoss};

use crate::{
    commits::Commits,
    effects::Lens,
    facts::Facts,
    found::Found,
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
    for fact in facts.all() {
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
    let unseen = Unseen { facts, lens: &lens, commits: &commits, anomaly: Anomaly::LostMessage, nothing };
    let unanswered = unanswered(&lens);
    let mut found = Found::new("orders");
    for (order, messages) in published.into_orders().iter() {
        found.judged += 1;
        if rows.of(order).is_empty() && letters.of(order).is_empty() {
            unseen.judge(&mut found, order, messages, rows.deleted(order), unanswered.get(order).copied());
        }
    }
    found
}
