//! One toxic at work in one direction of one connection.

use std::sync::Arc;

use tokio::time::Instant;

use crate::item::Item;
use crate::schedule::Schedule;

/// What a toxic does with what comes its way. No I/O and no waiting: it says when an item may go on.
pub(crate) trait Act: Send {
    /// The toxic begins to act.
    fn start(&mut self, _now: Instant, _out: &mut Schedule) {}

    /// Takes one item, and puts what becomes of it into `out`.
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule);

    /// The toxic is removed. What waits in `out` afterwards goes on at once.
    fn heal(&mut self, _now: Instant, _out: &mut Schedule) {}

    /// How much may wait in it before the sender is made to wait.
    fn capacity(&self) -> usize {
        64 * 1024
    }
}

/// One toxic at work in one direction of one connection.
pub(crate) struct Stage {
    name: Arc<str>,
    act: Box<dyn Act>,
    schedule: Schedule,
}

impl Stage {
    pub(crate) fn new(name: Arc<str>, mut act: Box<dyn Act>, now: Instant) -> Self {
        let mut schedule = Schedule::default();
        act.start(now, &mut schedule);
        Self { name, act, schedule }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn take(&mut self, item: Item, now: Instant) {
        self.act.take(item, now, &mut self.schedule);
    }

    pub(crate) fn pop(&mut self, now: Instant) -> Option<Item> {
        self.schedule.pop(now)
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.schedule.due()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.schedule.weight() < self.act.capacity()
    }

    /// Whether what comes next does not wait for room.
    pub(crate) fn is_urgent(&self) -> bool {
        self.schedule.front().is_some_and(Item::is_urgent)
    }

    pub(crate) fn clear(&mut self) {
        self.schedule.clear();
    }

    pub(crate) fn bites(&mut self) -> Vec<String> {
        self.schedule.bites()
    }

    /// Ends it: everything that still waits, in order.
    pub(crate) fn heal(mut self, now: Instant) -> (Vec<Item>, Vec<String>) {
        self.act.heal(now, &mut self.schedule);
        let items = std::iter::from_fn(|| self.schedule.take()).collect();
        (items, self.schedule.bites())
    }
}
