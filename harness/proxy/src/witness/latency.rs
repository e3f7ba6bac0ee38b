//! `latency`: an answer comes later than the bytes it follows, by at least the least that was asked.
//!
//! Counted from the first bytes sent since the last answer; a client that goes on sending through more than half of the
//! time (an upload, a full pipeline) proves nothing. On a fresh connection a server that speaks first is counted from
//! the connection's opening. Where jitter may use up all of the latency, half of the latency is asked for.

use std::time::Duration;

use tokio::time::Instant;

use super::{Finding, Sight, Witness, ms};
use crate::toxic::Direction;

pub(super) struct Latency {
    asked: String,
    least: Duration,
    /// When the bytes began that an answer is to follow, and when the last of them were sent.
    waiting: Option<(Instant, Instant)>,
}

impl Latency {
    /// `None` if nothing was asked.
    pub(super) fn new(
        latency: Duration,
        jitter: Duration,
        direction: Direction,
        opened: Option<Instant>,
    ) -> Option<Self> {
        if latency.is_zero() && jitter.is_zero() {
            return None;
        }
        let least = latency.saturating_sub(jitter).max(latency / 2).max(Duration::from_millis(1));
        let asked = if jitter.is_zero() { ms(latency) } else { format!("{} ± {}", ms(latency), ms(jitter)) };
        let opened = opened.filter(|_| direction == Direction::Downstream);
        Some(Self { asked, least, waiting: opened.map(|opened| (opened, opened)) })
    }
}

impl Witness for Latency {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        match sight {
            Sight::Sent(_) => {
                self.waiting = Some((self.waiting.map_or(now, |(first, _)| first), now));
                None
            }
            Sight::Came(_) => {
                let (first, last) = self.waiting.take()?;
                let took = now - first;
                (took >= self.least && now - last >= self.least / 2)
                    .then(|| Finding::Bit(format!("first bytes after {}, {} asked", ms(took), self.asked)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::ms as millis;

    fn witness(latency: u64, jitter: u64, direction: Direction, opened: Option<Instant>) -> Latency {
        Latency::new(millis(latency), millis(jitter), direction, opened).unwrap()
    }

    #[test]
    fn an_answer_in_time_proves_nothing_and_a_late_one_does() {
        let start = Instant::now();
        let mut witness = witness(40, 0, Direction::Upstream, Some(start));
        // Upstream, a server that speaks first is not held up.
        assert_eq!(witness.see(Sight::Came(9), start + millis(70)), None);
        witness.see(Sight::Sent(5), start + millis(100));
        assert_eq!(witness.see(Sight::Came(5), start + millis(139)), None);
        witness.see(Sight::Sent(5), start + millis(200));
        let bit = Finding::Bit("first bytes after 43 ms, 40 ms asked".into());
        assert_eq!(witness.see(Sight::Came(5), start + millis(243)), Some(bit));
        // More of the same answer.
        assert_eq!(witness.see(Sight::Came(5), start + millis(300)), None);
    }

    #[test]
    fn a_server_that_speaks_first_is_late_on_a_fresh_connection() {
        let start = Instant::now();
        let mut known = witness(40, 10, Direction::Downstream, None);
        assert_eq!(known.see(Sight::Came(5), start + millis(60)), None);
        let mut fresh = witness(40, 10, Direction::Downstream, Some(start));
        let bit = Finding::Bit("first bytes after 31 ms, 40 ms ± 10 ms asked".into());
        assert_eq!(fresh.see(Sight::Came(5), start + millis(31)), Some(bit));
    }

    #[test]
    fn a_slow_upload_is_no_latency_and_a_pipeline_that_waits_is_one() {
        let start = Instant::now();
        let mut witness = witness(40, 0, Direction::Upstream, None);
        (0..10).for_each(|at| assert_eq!(witness.see(Sight::Sent(9), start + millis(at * 10)), None));
        assert_eq!(witness.see(Sight::Came(9), start + millis(92)), None);
        (0..5).for_each(|at| assert_eq!(witness.see(Sight::Sent(9), start + millis(100 + at)), None));
        assert!(witness.see(Sight::Came(9), start + millis(140)).is_some());
    }

    #[test]
    fn jitter_that_uses_up_the_latency_leaves_half_of_it_to_show() {
        let start = Instant::now();
        let mut witness = witness(50, 50, Direction::Upstream, None);
        witness.see(Sight::Sent(1), start);
        assert_eq!(witness.see(Sight::Came(1), start + millis(24)), None);
        witness.see(Sight::Sent(1), start + millis(100));
        assert!(witness.see(Sight::Came(1), start + millis(125)).is_some());
        assert!(Latency::new(millis(0), millis(0), Direction::Upstream, None).is_none());
    }
}
