//! Convergence: every order ends with its last published status.
//!
//! **Judged:** every order with a published status, acknowledged or not: whoever reads the table at the end sees what it says.
//!
//! **`not-converged`:** when the history ends, the order has no row in the effect, or one of its rows does not have the status of
//! its last message that carries one (by publishing order, see [`crate::order`]). One violation an order.

use pitfall_model::{Anomaly, Judging, OfOrders, elapsed};

use crate::{
    effects::Lens,
    facts::Facts,
    found::{Found, Shown},
    live_rows::LiveRows,
    published::Published,
};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfOrders, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) if lens.tells_status() => lens,
        Ok(lens) => {
            let why = format!("{lens} names no status column: where an order ended cannot be told");
            return Found::nothing("orders", why);
        }
        Err(why) => return Found::nothing("orders", why),
    };
    let (mut published, mut rows) = (Published::new(facts, &bounds.topic), LiveRows::default());
    for fact in facts.all() {
        published.see(fact);
        if let Some(seen) = lens.see(facts, fact) {
            rows.apply(seen);
        }
    }

    let mut found = Found::new("orders");
    for (order, messages) in published.into_orders().iter() {
        let Some(last) = messages.iter().rfind(|message| message.status.is_some()) else {
            continue;
        };
        found.judged += 1;
        let live = rows.of(order);
        let other = live.iter().find(|row| row.status != last.status);
        let (says, event) = match other {
            Some(row) => {
                let status = row.status.map_or("no status", |status| facts.text(status));
                (format!("{lens} says {status} (since {})", elapsed(row.at)), Some(row.seq))
            }
            None if live.is_empty() => {
                (format!("nothing in {lens} shows the order"), rows.deleted(order).map(|row| row.seq))
            }
            None => continue,
        };
        let (id, label) = (facts.text(order), last.label(facts));
        let sentence =
            format!("order {id}: the last status published is {label}, but {says} when the run ends");
        let evidence = [last.seq].into_iter().chain(event);
        found.violations.push(Shown::new(Anomaly::NotConverged, id.to_owned(), sentence, evidence));
    }
    found
}
