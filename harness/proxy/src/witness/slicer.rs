//! `slicer`: a burst takes at least the delays between the pieces it must have been cut into.
//!
//! Without a delay the pieces themselves must be seen: more than one, none larger than asked. Downstream only, and only if they
//! are read as fast as they come; upstream a slicer without delay leaves no trace on this side.

use std::time::Duration;

use tokio::time::Instant;

use super::burst::{Burst, GAP};
use super::{Finding, Sight, Witness, ms};
use crate::toxic::Direction;

/// Delays that add up to less prove nothing.
const WORTH_TELLING: Duration = Duration::from_millis(1);

pub(super) struct Slicer {
    average: usize,
    variation: usize,
    delay: Duration,
    direction: Direction,
    burst: Burst,
}

impl Slicer {
    pub(super) fn new(
        average: usize,
        variation: usize,
        delay: Duration,
        direction: Direction,
        opened: Option<Instant>,
    ) -> Self {
        let burst = Burst::new(direction, GAP.saturating_add(delay), opened);
        Self { average, variation, delay, direction, burst }
    }
}

impl Witness for Slicer {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        let took = self.burst.see(sight, now)?;
        let Burst { bytes, pieces, largest, .. } = self.burst;
        let most = self.average + self.variation;
        let delays = bytes.div_ceil(most as u64).saturating_sub(1);
        let demanded = self.delay.saturating_mul(u32::try_from(delays).unwrap_or(u32::MAX));
        let is_late = demanded >= WORTH_TELLING && took >= demanded;
        let is_seen =
            self.delay.is_zero() && self.direction == Direction::Downstream && pieces > 1 && largest <= most;
        (is_late || is_seen).then(|| {
            let (took, asked) = (ms(took), format!("{} ± {}", self.average, self.variation));
            let seen = match self.direction {
                Direction::Upstream => format!("{bytes} bytes"),
                Direction::Downstream => format!("{bytes} bytes in {pieces} pieces, the largest {largest},"),
            };
            Finding::Bit(format!("{seen} took {took}; {asked} bytes every {:?} asked", self.delay))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ms as millis;

    #[test]
    fn the_delays_show_whatever_the_reader_made_of_the_pieces() {
        let start = Instant::now();
        let mut witness = Slicer::new(100, 20, millis(20), Direction::Downstream, Some(start));
        assert_eq!(witness.see(Sight::Came(100), start + millis(1)), None, "one piece");
        assert_eq!(witness.see(Sight::Came(300), start + millis(59)), None, "4 pieces, 3 delays");
        let what = "500 bytes in 3 pieces, the largest 300, took 81 ms; 100 ± 20 bytes every 20ms asked";
        assert_eq!(witness.see(Sight::Came(100), start + millis(81)), Some(Finding::Bit(what.into())));
    }

    #[test]
    fn without_a_delay_the_pieces_must_be_seen() {
        let start = Instant::now();
        let mut witness = Slicer::new(100, 20, millis(0), Direction::Downstream, Some(start));
        assert_eq!(witness.see(Sight::Came(120), start), None);
        assert!(witness.see(Sight::Came(99), start).is_some());
        let mut coarse = Slicer::new(100, 20, millis(0), Direction::Downstream, Some(start));
        coarse.see(Sight::Came(121), start);
        assert_eq!(coarse.see(Sight::Came(99), start), None);
        let mut up = Slicer::new(100, 20, millis(0), Direction::Upstream, None);
        up.see(Sight::Sent(99), start);
        up.see(Sight::Sent(99), start);
        assert_eq!(up.see(Sight::Came(9), start), None);
    }
}
