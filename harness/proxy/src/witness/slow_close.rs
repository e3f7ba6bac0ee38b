//! `slow_close`: the closing comes later than what it can have followed, by at least the delay.
//!
//! Upstream that is the client's own closing; downstream it is the last thing that was sent to the server, its closing
//! included, or the beginning. When the server closed is not known.

use std::time::Duration;

use tokio::time::Instant;

use super::{Finding, Sight, Witness, ms};
use crate::toxic::Direction;

pub(super) struct SlowClose {
    delay: Duration,
    direction: Direction,
    /// What the closing is counted from.
    since: Option<Instant>,
}

impl SlowClose {
    pub(super) fn new(delay: Duration, direction: Direction, now: Instant) -> Self {
        Self { delay, direction, since: (direction == Direction::Downstream).then_some(now) }
    }
}

impl Witness for SlowClose {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        match (sight, self.direction) {
            (Sight::Finished, _) | (Sight::Sent(_), Direction::Downstream) => {
                self.since = Some(now);
                None
            }
            (Sight::Ended, direction) => {
                let took = now - self.since?;
                let after = match direction {
                    Direction::Upstream => "the client's",
                    Direction::Downstream => "the last thing sent",
                };
                (took >= self.delay && !self.delay.is_zero()).then(|| {
                    Finding::Bit(format!(
                        "the closing came {} after {after}, {} asked",
                        ms(took),
                        ms(self.delay)
                    ))
                })
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
    fn upstream_the_clients_closing_counts_and_nothing_else() {
        let start = Instant::now();
        let mut witness = SlowClose::new(millis(100), Direction::Upstream, start);
        assert_eq!(witness.see(Sight::Ended, start + millis(900)), None, "the server closed by itself");
        witness.see(Sight::Finished, start + millis(1000));
        assert_eq!(witness.see(Sight::Ended, start + millis(1099)), None);
        let bit = Finding::Bit("the closing came 101 ms after the client's, 100 ms asked".into());
        assert_eq!(witness.see(Sight::Ended, start + millis(1101)), Some(bit));
    }

    #[test]
    fn downstream_it_is_the_last_thing_sent() {
        let start = Instant::now();
        let mut witness = SlowClose::new(millis(100), Direction::Downstream, start);
        witness.see(Sight::Sent(5), start + millis(50));
        witness.see(Sight::Came(5), start + millis(60));
        assert_eq!(witness.see(Sight::Ended, start + millis(149)), None);
        assert!(witness.see(Sight::Ended, start + millis(150)).is_some());
    }
}
