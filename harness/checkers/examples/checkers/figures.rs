//! Figures for people.

use std::time::Duration;

/// The middle one; of an even number, the slower of the two.
pub(crate) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The shortest: what the machine can do where nothing else asks of it.
pub(crate) fn best(times: &[Duration]) -> Duration {
    times.iter().min().copied().unwrap_or_default()
}

/// One by the other.
pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// So many in that time, in millions a second.
pub(crate) fn millions(many: u64, time: Duration) -> String {
    format!("{:.1}", many as f64 / time.as_secs_f64() / 1e6)
}

/// `asked: at most 100: met`.
pub(crate) fn asked(what: &str, met: bool) -> String {
    format!("asked: {what}: {}", if met { "met" } else { "NOT MET" })
}
