//! How many requests of a route are taken, over all links; the ban of those who ask for more.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use pitfall_model::{RateLimit, Route};

/// The limit of one platform, on its one monotonic clock. Clones share it.
#[derive(Clone)]
pub(crate) struct Limiter(Option<Arc<Limited>>);

struct Limited {
    limit: RateLimit,
    began: Instant,
    window: Mutex<Window>,
}

/// What the limit goes by; times are since the limiter was made.
#[derive(Default)]
struct Window {
    /// When requests were taken, those that still count.
    taken: VecDeque<Duration>,
    banned_until: Duration,
}

/// A request that is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// After so long, with nobody asking meanwhile, one is taken.
    pub(crate) retry_after: Duration,
    /// The ban that began with it, or was made to last so long from here.
    pub(crate) ban: Option<Duration>,
}

impl Limiter {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        let limited = |limit| Arc::new(Limited { limit, began: Instant::now(), window: Mutex::default() });
        Self(limit.map(limited))
    }

    /// Takes a request, which then counts, or refuses it. `tell` is called of a refusal before another request is looked at, so that
    /// bans are told in their order.
    pub(crate) fn refuse(&self, route: Option<Route>, tell: impl FnOnce(&Refusal)) -> Option<Refusal> {
        let limited = self.0.as_ref().filter(|limited| Some(limited.limit.route) == route)?;
        let mut window = limited.window.lock().unwrap_or_else(PoisonError::into_inner);
        let refusal = window.refuse(&limited.limit, limited.began.elapsed())?;
        tell(&refusal);
        Some(refusal)
    }
}

impl Window {
    fn refuse(&mut self, limit: &RateLimit, now: Duration) -> Option<Refusal> {
        let per = limit.per.0;
        while self.taken.front().is_some_and(|taken| now.saturating_sub(*taken) >= per) {
            self.taken.pop_front();
        }
        let has_room = self.taken.len() < usize::try_from(limit.requests).unwrap_or(usize::MAX);
        if has_room && now >= self.banned_until {
            self.taken.push_back(now);
            return None;
        }
        let ban = limit.ban.map(|ban| ban.0);
        let oldest = self.taken.front().filter(|_| !has_room);
        let room = oldest.map_or(Duration::ZERO, |taken| taken.saturating_add(per).saturating_sub(now));
        if let Some(ban) = ban {
            self.banned_until = now.saturating_add(ban);
        }
        Some(Refusal { retry_after: ban.map_or(room, |ban| ban.max(room)), ban })
    }
}

#[cfg(test)]
mod tests {
    use pitfall_model::Delay;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn limit(requests: u32, per: u64, ban: Option<u64>) -> RateLimit {
        let ban = ban.map(|ban| Delay(ms(ban)));
        RateLimit { route: Route::Ship, requests, per: Delay(ms(per)), ban }
    }

    /// Asks at these times; of each that is refused, after how long one is to ask again.
    fn asked<const N: usize>(limit: RateLimit, times: [u64; N]) -> [Option<u64>; N] {
        let mut window = Window::default();
        times.map(|at| {
            let refusal = window.refuse(&limit, ms(at))?;
            assert_eq!(refusal.ban, limit.ban.map(|ban| ban.0), "at {at}");
            u64::try_from(refusal.retry_after.as_millis()).ok()
        })
    }

    #[test]
    fn without_a_ban_those_beyond_are_refused_until_there_is_room() {
        let answers = asked(limit(2, 1000, None), [0, 400, 500, 999, 1000, 1001, 1400]);
        assert_eq!(answers, [None, None, Some(500), Some(1), None, Some(399), None]);
    }

    #[test]
    fn the_window_slides() {
        // The third is in another second of the clock than the others, and in one second with them all the same.
        let answers = asked(limit(2, 1000, None), [900, 990, 1100]);
        assert_eq!(answers, [None, None, Some(800)]);
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let answers = asked(limit(1, 1000, None), [0, 300, 600, 900, 1000]);
        assert_eq!(answers, [None, Some(700), Some(400), Some(100), None]);
    }

    #[test]
    fn a_request_during_a_ban_makes_it_longer() {
        let answers = asked(limit(1, 100, Some(2000)), [0, 50, 2049, 4048, 6047, 8047]);
        assert_eq!(answers, [None, Some(2000), Some(2000), Some(2000), Some(2000), None]);
    }

    #[test]
    fn a_ban_ends_when_nobody_asks() {
        let answers = asked(limit(2, 100, Some(2000)), [0, 10, 20, 2020, 2021, 2022]);
        assert_eq!(answers, [None, None, Some(2000), None, None, Some(2000)]);
    }

    #[test]
    fn whoever_waits_as_told_is_taken_though_the_ban_is_shorter_than_the_window() {
        assert_eq!(asked(limit(1, 1000, Some(100)), [0, 300, 1000]), [None, Some(700), None]);
        // Whoever comes back when the ban alone is over begins another.
        assert_eq!(asked(limit(1, 1000, Some(100)), [0, 300, 400, 1000]), [None, Some(700), Some(600), None]);
    }

    #[test]
    fn times_beyond_all_bounds_are_no_end_of_it() {
        let forever = Some(Delay(Duration::MAX));
        let limit = RateLimit { ban: forever, per: Delay(Duration::MAX), ..limit(1, 1, None) };
        let mut window = Window::default();
        assert_eq!(window.refuse(&limit, ms(1)), None);
        let refusal = Refusal { retry_after: Duration::MAX, ban: Some(Duration::MAX) };
        assert_eq!(window.refuse(&limit, ms(2)), Some(refusal));
    }

    #[test]
    fn other_routes_are_not_limited() {
        let limiter = Limiter::new(Some(limit(1, 3_600_000, None)));
        let taken = |route| limiter.refuse(route, |_| ()).is_none();
        assert_eq!([Some(Route::Ship), Some(Route::Ship)].map(taken), [true, false]);
        assert_eq!([Some(Route::Page), None].map(taken), [true, true]);
    }
}
