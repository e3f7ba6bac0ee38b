//! How long answers take, by route; it can be set while the mock runs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pitfall_model::{Delay, Route};

/// Answer times by route; `None` is none at all.
pub(crate) type Times = BTreeMap<Route, Option<Delay>>;

/// Clones share the times.
#[derive(Clone)]
pub(crate) struct Delays(Arc<Mutex<BTreeMap<Route, Delay>>>);

impl Delays {
    pub(crate) fn new(delays: BTreeMap<Route, Delay>) -> Self {
        Self(Arc::new(Mutex::new(delays)))
    }

    /// Sets routes' answer times; returns what they were.
    pub(crate) fn set(&self, times: &Times) -> Times {
        let mut delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = |(route, time): (&Route, &Option<Delay>)| {
            let was = match time {
                Some(time) => delays.insert(*route, *time),
                None => delays.remove(route),
            };
            (*route, was)
        };
        times.iter().map(set).collect()
    }

    pub(crate) fn of(&self, route: Route) -> Duration {
        let delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        delays.get(&route).map_or(Duration::ZERO, |delay| delay.0)
    }
}
