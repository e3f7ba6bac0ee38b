//! What the mock answers to what it takes: pages of orders, finance records, shipping numbers, what orders hold, and failures where
//! the scenario has them. But for the count of failures and of what is done once, a function of data, seed and request.

use std::{sync::Arc, time::Duration};

use pitfall_model::Platform as Data;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    asked::{Asked, Page, WINDOW},
    delays::Delays,
    failures::Failures,
    once::{Again, Once},
};

#[derive(Clone)]
pub(crate) struct Answers {
    data: Arc<Data>,
    seed: u64,
    pub(crate) delays: Delays,
    failures: Arc<Failures>,
    once: Arc<Once>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) delay: Duration,
}

impl Answers {
    pub(crate) fn new(data: Data, seed: u64) -> Self {
        let delays = Delays::new(data.answers.clone());
        let failures = Arc::new(Failures::new(data.fails.clone()));
        let once = Arc::new(Once::new(data.once));
        Self { data: Arc::new(data), seed, delays, failures, once }
    }

    pub(crate) fn to(&self, asked: &Asked) -> Answer {
        let delay = asked.route().map_or(Duration::ZERO, |route| self.delays.of(route));
        if let Some(status) = self.failure(asked) {
            return Answer { status, body: json!({"error": "this order fails"}), delay };
        }
        if let Some(again) = self.again(asked, delay) {
            return again;
        }
        let (status, body) = self.answer(asked);
        Answer { status, body, delay }
    }

    /// It takes no time to see that it was done. Whoever asks again is told the number, once there is one.
    fn again(&self, asked: &Asked, delay: Duration) -> Option<Answer> {
        let order = asked.one_order()?;
        let mut body = match self.once.again(asked.route()?, order, delay)? {
            Again::Done => self.shipped(order),
            Again::BeingDone => json!({"order": order}),
        };
        body["error"] = "this order has its shipping number, or is just being given one".into();
        Some(Answer { status: 409, body, delay: Duration::ZERO })
    }

    /// Counts: what is asked fails only so many times.
    fn failure(&self, asked: &Asked) -> Option<u16> {
        self.failures.next(asked.route()?, asked.one_order()?)
    }

    fn answer(&self, asked: &Asked) -> (u16, Value) {
        match asked {
            Asked::Page(page) => (200, self.page(page)),
            Asked::PageUnsaid => (400, json!({"error": "window, status and page are needed"})),
            Asked::Finance(order) => (200, self.finance(*order)),
            Asked::Ship { order, .. } => (200, self.shipped(*order)),
            Asked::Detail { order, .. } => (200, self.detail(*order)),
            Asked::Alert(_) => (200, json!({})),
            Asked::Nothing => (404, json!({})),
        }
    }

    fn finance(&self, order: u64) -> Value {
        let cents = self.chance(order).random_range(100..100_000_u32);
        json!({"order": order, "amount": format!("{}.{:02}", cents / 100, cents % 100)})
    }

    fn shipped(&self, order: u64) -> Value {
        json!({"order": order, "shipping_number": format!("SN{:016X}", self.chance(order).random::<u64>())})
    }

    fn detail(&self, order: u64) -> Value {
        let mut chance = self.chance(order);
        let (merchant, number) = (chance.random_range(1..=5_u32), chance.random_range(1..=4_usize));
        let dishes: Vec<String> =
            (0..number).map(|_| format!("dish {}", chance.random_range(1..=40_u32))).collect();
        json!({"order_id": order, "merchant": merchant, "status": "placed", "dishes": dishes})
    }

    /// What is random about an order is the same each time.
    fn chance(&self, order: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed ^ order)
    }

    /// A page of the orders that have a status in a window.
    fn page(&self, Page { window, status, number, size }: &Page) -> Value {
        // An order's number tells its window, and its place among the window's orders of all statuses.
        let before: u64 =
            self.data.orders.iter().take_while(|(name, _)| *name != status).map(|(_, n)| u64::from(*n)).sum();
        let count = self.data.orders.get(status).copied().map_or(0, u64::from);
        let (first, last) = ((number - 1) * size, (number * size).min(count));
        let order = |place: u64| json!({"id": window * WINDOW + before + place, "status": status});
        let orders: Vec<Value> = (first..last).map(order).collect();
        json!({"orders": orders, "more": last < count})
    }
}
