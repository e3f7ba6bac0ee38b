//! `limit_data`: the connection is closed when at least so many bytes have passed.
//!
//! Downstream those that passed are counted, upstream those that were handed to Toxiproxy, both from before the toxic
//! began to act: on a connection in full flow it is a little more than the limit.

use tokio::time::Instant;

use super::{Finding, Sight, Witness};
use crate::item::Manner;
use crate::toxic::Direction;

pub(super) struct LimitData {
    limit: u64,
    direction: Direction,
    passed: u64,
}

impl LimitData {
    pub(super) fn new(limit: u64, direction: Direction) -> Self {
        Self { limit, direction, passed: 0 }
    }
}

impl Witness for LimitData {
    fn see(&mut self, sight: Sight, _now: Instant) -> Option<Finding> {
        match (sight, self.direction) {
            (Sight::Sent(bytes), Direction::Upstream) | (Sight::Came(bytes), Direction::Downstream) => {
                self.passed += bytes as u64;
                None
            }
            (Sight::Ended, direction) => {
                let way = match direction {
                    Direction::Upstream => "sent",
                    Direction::Downstream => "received",
                };
                // At a limit of 0 the first bytes close it; those of the server are never seen here.
                let least = if direction == Direction::Upstream { self.limit.max(1) } else { self.limit };
                (self.passed >= least).then(|| {
                    let what = format!("closed after {} bytes {way}, {} asked", self.passed, self.limit);
                    Finding::Ended(Manner::Flush, what)
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_below_the_limit_is_not_its_own() {
        let now = Instant::now();
        let mut witness = LimitData::new(10, Direction::Downstream);
        witness.see(Sight::Sent(100), now);
        witness.see(Sight::Came(9), now);
        assert_eq!(witness.see(Sight::Ended, now), None);
        witness.see(Sight::Came(1), now);
        let ended = Finding::Ended(Manner::Flush, "closed after 10 bytes received, 10 asked".into());
        assert_eq!(witness.see(Sight::Ended, now), Some(ended));
    }

    #[test]
    fn at_limit_zero_bytes_must_have_been_sent() {
        let now = Instant::now();
        let mut witness = LimitData::new(0, Direction::Upstream);
        assert_eq!(witness.see(Sight::Ended, now), None);
        witness.see(Sight::Sent(1), now);
        assert!(witness.see(Sight::Ended, now).is_some());
    }
}
