//! Whether what a scenario says of the mocked platform can be done: work that can be done
//! twice, failures that come, a limit that lets something pass, nodes that stand something.

use crate::{
    diagnostic::Diagnostic,
    platform::{Failing, Nodes, RateLimit, Route},
    scenario::Scenario,
    source::Source,
};

/// The first thing that is wrong.
pub(crate) fn check(scenario: &Source<Scenario>) -> Result<(), Diagnostic> {
    let platform = &scenario.data.platform;
    let error = |keys: &[&str], message| Err(scenario.error(scenario.place(keys), message));
    if let Some(route @ (Route::Page | Route::Finance | Route::Detail)) = platform.once {
        let message = format!("`{}` only reads, once or often: write `once = \"ship\"`", route.name());
        return error(&["platform", "once"], message);
    }
    for (at, failing) in platform.fails.iter().enumerate() {
        if let Some((key, message)) = wrong_failing(failing) {
            return error(&["platform", "fails", &at.to_string(), key], message);
        }
    }
    if let Some((key, message)) = platform.limit.as_ref().and_then(wrong_limit) {
        return error(&["platform", "limit", key], message);
    }
    match platform.nodes.as_ref().and_then(wrong_nodes) {
        Some((key, message)) => error(&["platform", "nodes", key], message.to_owned()),
        None => Ok(()),
    }
}

/// The key that is wrong, and why.
fn wrong_failing(failing: &Failing) -> Option<(&'static str, String)> {
    if failing.route == Route::Page {
        let message = "a page is of a window, not of an order: write `finance`, `ship` or `detail`";
        return Some(("route", message.to_owned()));
    }
    if failing.orders.is_empty() {
        return Some(("orders", "no order fails: write e.g. `orders = [\"7\", \"1..=3\"]`".to_owned()));
    }
    if !(400..=599).contains(&failing.status) {
        let message = format!("status {} is no failure: write one from 400 to 599", failing.status);
        return Some(("status", message));
    }
    let never = "0 times is no failure: leave `times` out for each time";
    (failing.times == Some(0)).then(|| ("times", never.to_owned()))
}

/// The key that is wrong, and why.
fn wrong_limit(limit: &RateLimit) -> Option<(&'static str, String)> {
    let wrong = if limit.requests == 0 {
        ("requests", "0 requests are none at all: write at least 1")
    } else if limit.per.0.is_zero() {
        ("per", "in no time there is no request: write e.g. `per = \"1s\"`")
    } else if limit.ban.is_some_and(|ban| ban.0.is_zero()) {
        ("ban", "a ban of no time is none: leave `ban` out, then only the requests beyond are refused")
    } else {
        return None;
    };
    Some((wrong.0, wrong.1.to_owned()))
}

/// The key that is wrong, and why.
fn wrong_nodes(nodes: &Nodes) -> Option<(&'static str, &'static str)> {
    if nodes.number == 0 {
        Some(("number", "0 nodes answer nothing: write at least 1"))
    } else if nodes.in_flight == 0 {
        Some(("in-flight", "a node that stands no call is none: write at least 1"))
    } else if nodes.down.0.is_zero() {
        Some(("down", "a node that is down for no time never was: write e.g. `down = \"1s\"`"))
    } else {
        None
    }
}
