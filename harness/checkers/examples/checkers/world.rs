//! A made-up run: orders go through their lives in waves, as a workload, its links, topics, databases and processes tell it.
//!
//! Everything is a function of the seed. A hundred events an order: what it costs a real run when links tell requests too. A
//! quarter of the orders has a call that fails and is tried again, one of twenty ends as a dead letter; every wave begins with a
//! process that ends, another that starts, and a rebalance, and ends with nothing to do. One order of a thousand each is lost,
//! shows a dish too few, is handled three times, and so on ([`Flaw`](order::Flaw)): every guarantee has something to judge.

mod calls;
mod group;
mod handle;
mod order;
mod publish;
mod rows;

use std::collections::BTreeMap;

use pitfall_model::{Event, SCHEMA, Tap, What};

use order::Order;

/// Orders that are on their way at the same time.
const WAVE: u64 = 500;
/// Events of an order, and its share of what tells of no order.
const EACH: u64 = 100;
const PARTITIONS: u64 = 12;
const STATUSES: [&str; 5] = ["placed", "paid", "cooked", "packed", "delivered"];
/// Waves between two faults.
const FAULT: u64 = 10;

/// Whoever is told the events.
pub(crate) type Tell<'t> = &'t mut dyn FnMut(Event);

/// The run to be.
pub(crate) struct World {
    seed: u64,
    events: u64,
    /// Events told so far: the next one's place.
    seq: u64,
    transaction: u64,
    request: u64,
    /// The group's.
    generation: i32,
    ends: [i64; PARTITIONS as usize],
    handled: i64,
    foreign: i64,
}

impl World {
    /// Of so many events, at least a thousand.
    pub(crate) fn new(seed: u64, events: u64) -> Self {
        let ends = [0; PARTITIONS as usize];
        Self { seed, events, seq: 0, transaction: 0, request: 0, generation: 0, ends, handled: 0, foreign: 0 }
    }

    /// Tells every event, in order.
    pub(crate) fn tell(mut self, tell: Tell<'_>) {
        let (name, id) = ("bench::K1-kitchen::consumer".to_owned(), "bench".to_owned());
        let (versions, taps, seed) = (BTreeMap::new(), Tap::ALL.to_vec(), self.seed);
        self.say(tell, What::Run { schema: SCHEMA, name, id, seed, began: 0, versions, taps });
        for instance in 1..=group::MEMBERS {
            self.say(tell, What::ProcessStarted { role: "consumer".into(), instance, pid: 100 });
        }
        let mut first = 0;
        while (first + WAVE) * EACH <= self.events {
            self.wave(tell, first);
            first += WAVE;
            self.idle(tell, (first * EACH).min(self.events - 1));
        }
        self.idle(tell, self.events - 1);
        self.say(tell, What::Ended { reason: "settled".to_owned() });
    }

    /// Orders from this number on live from the first status to the last. Each is told to go on as soon as it was handled.
    fn wave(&mut self, tell: Tell<'_>, first: u64) {
        self.change_members(tell, first / WAVE);
        let orders: Vec<Order> = (first..first + WAVE).map(|number| Order::new(self.seed, number)).collect();
        for order in &orders {
            self.order_in(tell, order);
        }
        let has_fault = (first / WAVE).is_multiple_of(FAULT);
        if has_fault {
            self.say(tell, What::FaultArmed { fault: "broker-down".into() });
        }
        for order in &orders {
            self.publish(tell, order, 0);
        }
        for place in 0..STATUSES.len() {
            for (index, order) in orders.iter().enumerate() {
                self.tries_of(tell, &orders[index..], place);
                self.handle(tell, order, place);
                if place + 1 < STATUSES.len() {
                    self.publish(tell, order, place + 1);
                }
            }
            self.commit(tell);
        }
        if has_fault {
            self.say(tell, What::FaultHealed { fault: "broker-down".into() });
        }
    }

    /// What goes on between orders, until so many events are told. The last process is never at rest.
    fn idle(&mut self, tell: Tell<'_>, until: u64) {
        while self.seq < until {
            let instance = 1 + (self.seq / 3 % u64::from(group::MEMBERS)) as u32;
            let (role, memory) = ("consumer".to_owned(), 18_000_000 + self.seq % 4096 * 4096);
            let cpu_ms = self.seq / if instance == group::MEMBERS { 40 } else { 1000 };
            let what = match self.seq % 3 {
                0 => What::ProcessSampled { role, instance, cpu_ms, memory },
                1 => What::Log { role, instance, line: format!("poll: {} messages", self.seq % 50) },
                _ => What::ConnectionOpened { client: format!("127.0.0.1:{}", 30_000 + self.seq % 20_000) },
            };
            self.say(tell, what);
        }
    }

    /// An event of no order.
    fn say(&mut self, tell: Tell<'_>, what: What) {
        self.on(tell, None, None, what);
    }

    /// An event of an order.
    fn of(&mut self, tell: Tell<'_>, order: &Order, what: What) {
        self.on(tell, None, Some(&order.id), what);
    }

    /// An event, of a link and a connection where it is of one.
    fn on(&mut self, tell: Tell<'_>, link: Option<(&str, Option<u64>)>, order: Option<&str>, what: What) {
        let (seq, at) = (self.seq, self.seq * 50_000);
        let conn = link.and_then(|(_, conn)| conn);
        let (link, order) = (link.map(|(link, _)| link.to_owned()), order.map(str::to_owned));
        self.seq += 1;
        tell(Event { seq, at, link, conn, order, what });
    }

    /// The wall clock as a column tells it: no two rows say the same.
    fn now(&self) -> String {
        let micros = self.seq * 50;
        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
        let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
        format!("2022-11-17 {hours:02}:{minutes:02}:{:02}.{rest:06}", seconds % 60)
    }
}

/// A number that looks like chance, the same for the same arguments.
fn drawn(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
