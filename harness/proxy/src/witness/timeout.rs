//! `timeout`: nothing passes, and the connection is closed after the time.
//!
//! Toxiproxy starts its clock anew with each piece of data, so it does not close a connection on which much is sent. A
//! connection that it has not closed a while after the time is closed by the link, and that is said. What Toxiproxy does
//! when the toxic is removed, closing the connection, the link does before it.

use std::time::Duration;

use tokio::time::Instant;

use super::silence::Silence;
use super::{Finding, Sight, Witness, ms};
use crate::item::Manner;

/// What Toxiproxy is left to close it by itself.
const GRACE: Duration = Duration::from_millis(250);

pub(super) struct Timeout {
    timeout: Duration,
    /// It acts on this connection without doubt.
    certain: bool,
    began: Instant,
    silence: Silence,
}

impl Timeout {
    pub(super) fn new(timeout: Duration, certain: bool, now: Instant) -> Self {
        Self { timeout, certain, began: now, silence: Silence::default() }
    }

    fn overdue(&self) -> Option<Instant> {
        (self.certain && !self.timeout.is_zero()).then(|| self.began + self.timeout + GRACE)
    }
}

impl Witness for Timeout {
    fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        let (took, asked) = (now - self.began, ms(self.timeout));
        let closed = |what: String| Some(Finding::Ended(Manner::Now, what));
        match sight {
            Sight::Ended if !self.timeout.is_zero() && took >= self.timeout => {
                closed(format!("closed after {}, {asked} asked", ms(took)))
            }
            Sight::Tick if self.overdue().is_some_and(|overdue| overdue <= now) => {
                closed(format!("closed by the link after {}, {asked} asked: Toxiproxy had not", ms(took)))
            }
            Sight::Healing if self.certain => closed("closed the connection on removal".to_owned()),
            _ => self.silence.see(sight, now),
        }
    }

    fn due(&self) -> Option<Instant> {
        [self.overdue(), self.silence.due()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ms as millis;

    #[test]
    fn a_closing_at_the_time_is_its_own_and_one_before_is_not() {
        let start = Instant::now();
        let mut witness = Timeout::new(millis(300), true, start);
        assert_eq!(witness.see(Sight::Ended, start + millis(299)), None);
        let ended = Finding::Ended(Manner::Now, "closed after 301 ms, 300 ms asked".into());
        assert_eq!(witness.see(Sight::Ended, start + millis(301)), Some(ended));
    }

    #[test]
    fn one_that_data_keeps_open_is_closed_by_the_link_but_only_if_it_is_certain() {
        let start = Instant::now();
        let mut witness = Timeout::new(millis(300), true, start);
        assert_eq!(witness.due(), Some(start + millis(550)));
        assert_eq!(witness.see(Sight::Tick, start + millis(540)), None);
        assert!(matches!(witness.see(Sight::Tick, start + millis(550)), Some(Finding::Ended(..))));
        assert_eq!(Timeout::new(millis(300), false, start).due(), None);
    }

    #[test]
    fn without_a_time_silence_is_told_and_removal_closes() {
        let start = Instant::now();
        let mut witness = Timeout::new(millis(0), true, start);
        assert_eq!(witness.see(Sight::Ended, start + millis(5)), None);
        witness.see(Sight::Sent(5), start);
        assert!(matches!(witness.see(Sight::Tick, start + millis(500)), Some(Finding::Bit(_))));
        assert!(matches!(witness.see(Sight::Healing, start + millis(600)), Some(Finding::Ended(..))));
        assert_eq!(Timeout::new(millis(0), false, start).see(Sight::Healing, start), None);
    }
}
