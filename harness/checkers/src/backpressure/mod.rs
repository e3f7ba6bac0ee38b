//! Backpressure: calls stay under the limit of who is called, nobody is called during a ban, and lag drains.
//!
//! A call begins when the mocked platform is asked, and is over when its answer has left (`delay_ms` after it was decided on) or its
//! connection has ended. All instances together are judged, as who is called sees them; answers of 429 are answers.
//!
//! **Judged:** every call of the route; without a route, every message of the topic that has to drain.
//!
//! **`too-many-in-flight`:** a call begins while `in-flight` others are not over. One violation for each time that the limit is
//! passed, until fewer than the limit are in flight again. A call whose end nobody saw counts at its beginning only.
//!
//! **`rate-exceeded`:** of `requests` + 1 calls in a row the last began sooner than `per` after the first. One violation for each
//! stretch of such calls.
//!
//! **`call-during-ban`:** on a connection on which a call was answered 429 because of a ban, the next call came before that ban was
//! over, as it stood when the 429 was told: a ban that others make longer is unknown to whoever waits as told. It counts from
//! when the refused request was on its link, which is before the platform told of it. A connection
//! carries one call at a time, so its next call was sent by who had read the answer; a call on another connection may have
//! been on its way, or be another member's, and is never shown, not even where members share a limiter. One violation for a
//! connection and a ban, its first call.
//!
//! **`lag-not-drained`:** `within` after the topic's last message was published, the group had not committed past the last message
//! of a partition. One violation a partition.
//!
//! **Unknown:** a ban was on and calls of a link that had been told of it tell no connection; no message stands in the topic that
//! has to drain; the run ended before the time to drain was over.

mod ban;
mod in_flight;
mod lag;
mod rate;

use pitfall_model::{Judging, OfPressure, Route};

use crate::{facts::Facts, found::Found, platform_calls};

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfPressure, _judging: &Judging) -> Found {
    let mut found = match bounds.route {
        Some(route) => of_calls(facts, bounds, route),
        None => Found::new("messages"),
    };
    if let Some(drains) = &bounds.drains {
        let messages = lag::check(facts, drains, &mut found);
        if bounds.route.is_none() {
            found.judged = messages;
        }
    }
    found
}

fn of_calls(facts: &Facts, bounds: &OfPressure, route: Route) -> Found {
    let calls = platform_calls::of(facts, route);
    let mut found = Found { judged: calls.len(), ..Found::new("calls") };
    if let Some(limit) = bounds.in_flight {
        found.violations.extend(in_flight::beyond(facts, &calls, route, limit));
    }
    if let Some(rate) = &bounds.rate {
        found.violations.extend(rate::beyond(&calls, route, rate));
    }
    ban::check(facts, &calls, route, &mut found);
    found
}
