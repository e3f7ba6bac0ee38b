//! Which requests fail, as the scenario has it: the first so many of an order.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use pitfall_model::{Failing, Route};

pub(crate) struct Failures {
    all: Vec<Failing>,
    /// How often an order has failed so far, by the position of what made it fail.
    failed: Mutex<BTreeMap<(usize, u64), u64>>,
}

impl Failures {
    pub(crate) fn new(all: Vec<Failing>) -> Self {
        Self { all, failed: Mutex::default() }
    }

    /// The status of the failure with which the next request of an order is answered, if it is: it has then been counted.
    pub(crate) fn next(&self, route: Route, order: u64) -> Option<u16> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let meant =
            |failing: &Failing| failing.route == route && failing.orders.iter().any(|ids| ids.contain(order));
        for (at, failing) in self.all.iter().enumerate().filter(|(_, failing)| meant(failing)) {
            let count = failed.entry((at, order)).or_default();
            if failing.times.is_none_or(|times| *count < times) {
                *count += 1;
                return Some(failing.status);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use pitfall_model::Orders;

    use super::*;

    fn failing(first: u64, last: u64, status: u16, times: Option<u64>) -> Failing {
        Failing { route: Route::Ship, orders: vec![Orders { first, last }.into()], status, times }
    }

    #[test]
    fn each_order_fails_so_many_times() {
        let failures = Failures::new(vec![failing(7, 8, 500, Some(2))]);
        let next = |order| failures.next(Route::Ship, order);
        assert_eq!(
            [7, 8, 7, 7, 8, 8, 9].map(next),
            [Some(500), Some(500), Some(500), None, Some(500), None, None]
        );
        assert_eq!(failures.next(Route::Finance, 7), None);
    }

    #[test]
    fn one_failure_follows_another() {
        let failures = Failures::new(vec![failing(7, 7, 503, Some(1)), failing(1, 9, 422, None)]);
        let next = |order| failures.next(Route::Ship, order);
        assert_eq!([7, 7, 7, 8].map(next), [Some(503), Some(422), Some(422), Some(422)]);
    }
}
