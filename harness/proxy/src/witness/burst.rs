//! Bytes that follow each other closely, as one thing with a beginning, a size and a length in time.

use std::time::Duration;

use tokio::time::Instant;

use super::Sight;
use crate::toxic::Direction;

/// After so long without anything the next bytes are a new burst.
pub(super) const GAP: Duration = Duration::from_millis(250);

/// The bytes that passed in one direction since the connection was last idle. Upstream the answer ends it: only then is it
/// known how long they took.
pub(super) struct Burst {
    direction: Direction,
    gap: Duration,
    began: Option<Instant>,
    last: Option<Instant>,
    is_answered: bool,
    pub(super) bytes: u64,
    pub(super) pieces: u64,
    pub(super) largest: usize,
}

impl Burst {
    /// A connection's opening, if it is fresh, begins a burst from a server that speaks first.
    pub(super) fn new(direction: Direction, gap: Duration, opened: Option<Instant>) -> Self {
        let began = opened.filter(|_| direction == Direction::Downstream);
        Self { direction, gap, began, last: began, is_answered: false, bytes: 0, pieces: 0, largest: 0 }
    }

    /// Sees one thing; answers with how long the burst has taken, if this is bytes that have come.
    pub(super) fn see(&mut self, sight: Sight, now: Instant) -> Option<Duration> {
        let is_idle = self.last.is_none_or(|last| now - last > self.gap);
        match (sight, self.direction) {
            (Sight::Sent(bytes), Direction::Upstream) => {
                if self.began.is_none() || (self.is_answered && is_idle) {
                    self.begin(now);
                }
                self.is_answered = false;
                self.count(bytes);
            }
            (Sight::Came(_), Direction::Upstream) => self.is_answered = true,
            (Sight::Sent(_), Direction::Downstream) if is_idle => self.begin(now),
            // How long the first bytes after an idle time took is not known: only those after them count.
            (Sight::Came(_), Direction::Downstream) if is_idle => self.begin(now),
            (Sight::Came(bytes), Direction::Downstream) => self.count(bytes),
            (Sight::Sent(_), Direction::Downstream) => {}
            _ => return None,
        }
        self.last = Some(now);
        if let Sight::Came(_) = sight { self.began.map(|began| now - began) } else { None }
    }

    fn begin(&mut self, now: Instant) {
        (self.began, self.bytes, self.pieces, self.largest) = (Some(now), 0, 0, 0);
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.pieces += 1;
        self.largest = self.largest.max(bytes);
    }
}
