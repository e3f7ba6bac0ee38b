//! `bandwidth`: a burst takes at least as long as the rate demands. A rate of 0: nothing comes back.
//!
//! A burst upstream is over when an answer comes. One that the rate passes in less than 10 ms proves nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::burst::{Burst, GAP};
use super::silence::Silence;
use super::{Finding, Sight, Witness, ms};
use crate::toxic::Direction;

const WORTH_TELLING: Duration = Duration::from_millis(10);

pub(super) struct Bandwidth {
    /// Bytes a millisecond, which is kilobytes a second.
    rate: u64,
    burst: Burst,
    silence: Silence,
}

impl Bandwidth {
    pub(super) fn new(rate_kb_s: u64, direction: Direction, opened: Option<Instant>) -> Self {
        Self { rate: rate_kb_s, burst: Burst::new(direction, GAP, opened), silence: Silence::default() }
    }
}

impl Witness for Bandwidth {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        if self.rate == 0 {
            return self.silence.see(sight, now);
        }
        let took = self.burst.see(sight, now)?;
        let bytes = self.burst.bytes;
        let demanded = Duration::from_nanos(bytes.saturating_mul(1_000_000) / self.rate);
        (demanded >= WORTH_TELLING && took >= demanded).then(|| {
            let (took, demanded) = (ms(took), ms(demanded));
            Finding::Bit(format!("{bytes} bytes took {took}, {} kB/s demands {demanded}", self.rate))
        })
    }

    fn due(&self) -> Option<Instant> {
        self.silence.due()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ms as millis;

    #[test]
    fn a_burst_that_takes_its_time_is_told_and_a_fast_or_small_one_is_not() {
        let start = Instant::now();
        let mut witness = Bandwidth::new(100, Direction::Downstream, Some(start));
        assert_eq!(witness.see(Sight::Came(500), start + millis(5)), None, "small");
        assert_eq!(witness.see(Sight::Came(2000), start + millis(20)), None, "fast: 25 ms are demanded");
        let bit = Finding::Bit("3000 bytes took 31 ms, 100 kB/s demands 30 ms".into());
        assert_eq!(witness.see(Sight::Came(500), start + millis(31)), Some(bit));
    }

    #[test]
    fn an_idle_time_counts_for_nothing() {
        let start = Instant::now();
        let mut witness = Bandwidth::new(100, Direction::Downstream, Some(start));
        assert_eq!(witness.see(Sight::Came(50_000), start + millis(5000)), None);
        assert_eq!(witness.see(Sight::Came(2000), start + millis(5019)), None);
        assert!(witness.see(Sight::Came(100), start + millis(5021)).is_some());
    }

    #[test]
    fn upstream_the_answer_says_how_long_it_took() {
        let start = Instant::now();
        let mut witness = Bandwidth::new(100, Direction::Upstream, None);
        assert_eq!(witness.see(Sight::Sent(5000), start), None);
        assert_eq!(witness.see(Sight::Came(100), start + millis(1)), None);
        assert_eq!(witness.see(Sight::Sent(5000), start + millis(49)), None);
        assert_eq!(witness.see(Sight::Came(100), start + millis(60)), None, "10000 bytes by now");
        assert!(witness.see(Sight::Came(100), start + millis(460)).is_some());
        // Idle since: a new burst.
        assert_eq!(witness.see(Sight::Sent(5000), start + millis(1000)), None);
        assert_eq!(witness.see(Sight::Came(100), start + millis(1049)), None);
    }

    #[test]
    fn at_rate_zero_the_missing_answer_is_told() {
        let start = Instant::now();
        let mut witness = Bandwidth::new(0, Direction::Upstream, None);
        assert_eq!(witness.due(), None);
        witness.see(Sight::Sent(5), start);
        assert_eq!(witness.due(), Some(start + millis(500)));
        let bit = Finding::Bit("no answer to 5 bytes for 501 ms".into());
        assert_eq!(witness.see(Sight::Tick, start + millis(501)), Some(bit));
        witness.see(Sight::Sent(5), start + millis(600));
        witness.see(Sight::Came(5), start + millis(700));
        assert_eq!(witness.due(), None);
    }
}
