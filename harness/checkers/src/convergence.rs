//! Convergence: every order ends with its last published status.
//!
//! **Judged:** every order with a published status, acknowledged or not: whoever reads the table at the end sees what it says.
//!
//! **`not-converged`:** when the history ends, the order has no row in the effect, or one of its rows does not have the status of
//! its last message that carries one (by publishing order, see [`crate::order`]). One violation an order.

use pitfall_model::{Anomaly, Finding, History, Judging, OfOrders, elapsed};

use crate::{
    effects::Lens,
    evidence::{finding, nothing, violation},
    live_rows::LiveRows,
    published::Published,
};

/// Judges one history.
pub fn check(history: &History, bounds: &OfOrders, judging: &Judging) -> Finding {
    let lens = match Lens::find(judging, &bounds.effect) {
        Ok(lens) if lens.tells_status() => lens,
        Ok(lens) => {
            return nothing(
                "orders",
                format!("{lens} names no status column: where an order ended cannot be told"),
            );
        }
        Err(why) => return nothing("orders", why),
    };
    let (mut published, mut rows) = (Published::new(&bounds.topic), LiveRows::default());
    for event in &history.events {
        published.see(event);
        if let Some(seen) = lens.see(event) {
            rows.apply(seen);
        }
    }

    let mut found = finding("orders");
    for (order, messages) in published.into_orders() {
        let Some(last) = messages.iter().rfind(|message| message.status.is_some()) else {
            continue;
        };
        found.judged += 1;
        let live = rows.of(order);
        let other = live.iter().find(|row| row.status.as_deref() != last.status);
        let (says, event) = match other {
            Some(row) => {
                let status = row.status.as_deref().unwrap_or("no status");
                (format!("{lens} says {status} (since {})", elapsed(row.event.at)), Some(row.event))
            }
            None if live.is_empty() => (format!("nothing in {lens} shows the order"), rows.deleted(order)),
            None => continue,
        };
        let sentence = format!(
            "order {order}: the last status published is {}, but {says} when the run ends",
            last.label()
        );
        found.violations.push(violation(
            Anomaly::NotConverged,
            order.to_owned(),
            sentence,
            [last.event].into_iter().chain(event),
        ));
    }
    found
}
