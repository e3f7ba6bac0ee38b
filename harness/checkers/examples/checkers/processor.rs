//! Processor time: what a core spends, whatever else the machine does meanwhile.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// What this thread's core spent on it.
pub(crate) fn time(act: impl FnOnce()) -> nix::Result<Duration> {
    let spent = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from);
    let before = spent()?;
    act();
    Ok(spent()?.saturating_sub(before))
}
