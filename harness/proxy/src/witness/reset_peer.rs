//! `reset_peer`: the connection ends at the time, counted from the first bytes in its direction.
//!
//! Upstream those are seen; downstream they are thrown away unseen, so it is counted from the beginning. Toxiproxy closes a
//! connection that was there before the toxic instead of resetting it; the link passes that on as the reset it stands
//! for. Removed while its clock runs upstream, it resets at once, for Toxiproxy lets go only when the clock is out.

use std::time::Duration;

use tokio::time::Instant;

use super::{Finding, Sight, Witness, ms};
use crate::item::Manner;
use crate::toxic::Direction;

pub(super) struct ResetPeer {
    timeout: Duration,
    direction: Direction,
    certain: bool,
    since: Option<Instant>,
}

impl ResetPeer {
    pub(super) fn new(timeout: Duration, direction: Direction, certain: bool, now: Instant) -> Self {
        let since = (direction == Direction::Downstream).then_some(now);
        Self { timeout, direction, certain, since }
    }
}

impl Witness for ResetPeer {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        match sight {
            Sight::Sent(_) | Sight::Finished => {
                self.since = self.since.or(Some(now));
                None
            }
            Sight::Ended => {
                let took = now - self.since?;
                let from = match self.direction {
                    Direction::Upstream => "its first bytes",
                    Direction::Downstream => "the toxic began",
                };
                (took >= self.timeout).then(|| {
                    let what = format!("reset {} after {from}, {} asked", ms(took), ms(self.timeout));
                    Finding::Ended(Manner::Reset, what)
                })
            }
            Sight::Healing if self.certain && self.direction == Direction::Upstream => {
                let what = format!("reset on removal, {} after its first bytes", ms(now - self.since?));
                Some(Finding::Ended(Manner::Reset, what))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ms as millis;

    #[test]
    fn upstream_the_first_bytes_start_the_clock() {
        let start = Instant::now();
        let mut witness = ResetPeer::new(millis(200), Direction::Upstream, true, start);
        assert_eq!(witness.see(Sight::Ended, start + millis(900)), None);
        assert_eq!(witness.see(Sight::Healing, start + millis(900)), None);
        witness.see(Sight::Sent(4), start + millis(1000));
        witness.see(Sight::Sent(4), start + millis(1100));
        assert_eq!(witness.see(Sight::Ended, start + millis(1199)), None);
        let ended = Finding::Ended(Manner::Reset, "reset 203 ms after its first bytes, 200 ms asked".into());
        assert_eq!(witness.see(Sight::Ended, start + millis(1203)), Some(ended));
        assert!(witness.see(Sight::Healing, start + millis(1203)).is_some());
    }

    #[test]
    fn downstream_the_beginning_does() {
        let start = Instant::now();
        let mut witness = ResetPeer::new(millis(200), Direction::Downstream, true, start);
        witness.see(Sight::Sent(4), start + millis(150));
        assert_eq!(witness.see(Sight::Ended, start + millis(199)), None);
        assert!(witness.see(Sight::Ended, start + millis(200)).is_some());
        assert_eq!(witness.see(Sight::Healing, start + millis(300)), None);
    }
}
