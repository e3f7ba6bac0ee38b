//! Orders for which a route has done its work, where the scenario has it that it does so once.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use pitfall_model::Route;

pub(crate) struct Once {
    route: Option<Route>,
    /// When it is done, order by order.
    done: Mutex<BTreeMap<u64, Instant>>,
}

/// The work of an order that asks again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Done,
    BeingDone,
}

impl Once {
    pub(crate) fn new(route: Option<Route>) -> Self {
        Self { route, done: Mutex::default() }
    }

    /// How far the work of an order is that has asked before; if it has not, it is done `takes` from now.
    pub(crate) fn again(&self, route: Route, order: u64, takes: Duration) -> Option<Again> {
        if self.route != Some(route) {
            return None;
        }
        let (mut done, now) = (self.done.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        let Some(at) = done.get(&order) else {
            done.insert(order, now + takes);
            return None;
        };
        Some(if *at <= now { Again::Done } else { Again::BeingDone })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_asks_again_is_told_so() {
        let once = Once::new(Some(Route::Ship));
        let hour = Duration::from_secs(3600);
        let ask = |order, takes| once.again(Route::Ship, order, takes);
        assert_eq!([ask(7, Duration::ZERO), ask(8, hour)], [None, None]);
        assert_eq!([ask(7, hour), ask(8, Duration::ZERO)], [Some(Again::Done), Some(Again::BeingDone)]);
        assert_eq!(once.again(Route::Finance, 7, hour), None);
    }

    #[test]
    fn where_nothing_is_said_it_is_done_as_often_as_it_is_asked() {
        let once = Once::new(None);
        assert_eq!([0; 2].map(|_| once.again(Route::Ship, 7, Duration::ZERO)), [None, None]);
    }
}
