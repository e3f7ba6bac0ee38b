//! A queue of items, each with the time from which it may go on. Order is never changed.

use std::collections::VecDeque;

use tokio::time::Instant;

use crate::item::Item;

/// A queue of items, each with the time from which it may go on.
#[derive(Default)]
pub(crate) struct Schedule {
    queue: VecDeque<(Instant, Item)>,
    weight: usize,
    last: Option<Instant>,
    bites: Vec<String>,
    bitten: bool,
}

impl Schedule {
    /// Puts an item last. It never overtakes: its time is at least that of the item before it.
    pub(crate) fn put(&mut self, due: Instant, item: Item) {
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        self.weight += item.weight();
        self.queue.push_back((due, item));
    }

    /// The next item, if its time has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Item> {
        if self.due()? > now { None } else { self.take() }
    }

    /// The next item, whatever its time.
    pub(crate) fn take(&mut self) -> Option<Item> {
        let (_, item) = self.queue.pop_front()?;
        self.weight -= item.weight();
        Some(item)
    }

    /// When the next item may go on.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.queue.front().map(|(due, _)| *due)
    }

    /// The next item, left where it is.
    pub(crate) fn front(&self) -> Option<&Item> {
        self.queue.front().map(|(_, item)| item)
    }

    /// Throws away what waits.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.weight = 0;
        self.last = None;
    }

    /// What waits, in bytes and a little for each item.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Notes that the toxic has done something; only the first time counts.
    pub(crate) fn bite(&mut self, what: impl FnOnce() -> String) {
        if !self.bitten {
            self.bitten = true;
            self.bites.push(what());
        }
    }

    /// What was noted since the last call.
    pub(crate) fn bites(&mut self) -> Vec<String> {
        std::mem::take(&mut self.bites)
    }
}
