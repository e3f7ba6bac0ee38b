//! Calls that began within a time.

use pitfall_model::{Anomaly, Rate, Route, elapsed};

use crate::{found::Shown, platform_calls::Call};

/// Each stretch of calls that came faster than the rate: its first window.
pub(super) fn beyond(calls: &[Call], route: Route, rate: &Rate) -> Vec<Shown> {
    let per = u64::try_from(rate.per.as_nanos()).unwrap_or(u64::MAX);
    let (mut is_over, mut shown) = (false, Vec::new());
    for window in calls.windows(rate.requests.saturating_add(1)) {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { break };
        let was_over = std::mem::replace(&mut is_over, last.at.saturating_sub(first.at) < per);
        if is_over && !was_over {
            let sentence = format!(
                "{} calls of {} began from {} to {}, {} are allowed in {:?}",
                window.len(),
                route.name(),
                elapsed(first.at),
                elapsed(last.at),
                rate.requests,
                rate.per,
            );
            shown.push(Shown::new(Anomaly::RateExceeded, None, sentence, window.iter().map(|call| call.seq)));
        }
    }
    shown
}
