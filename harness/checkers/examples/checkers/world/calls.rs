//! Calls of the mocked platform: some fail and are tried again, some are told of a ban.

use pitfall_model::What;

use super::{
    STATUSES, Tell, World,
    order::{ATTEMPTS, Flaw, Order},
};

/// So many orders are handled between a call that failed and the next try.
const BACK_OFF: usize = 25;
/// One call of so many is told of a ban.
const BAN: u64 = 400;

impl World {
    /// What failed and comes up again while the first of these orders is handled: each is tried before its turn.
    pub(super) fn tries_of(&mut self, tell: Tell<'_>, orders: &[Order], place: usize) {
        for tries in 1..=ATTEMPTS {
            if let Some(order) = orders.get(tries * BACK_OFF).filter(|order| order.failures(place) >= tries) {
                self.ask(tell, order, 503);
            }
        }
        let is_told =
            |order: &&Order| (order.number * STATUSES.len() as u64 + place as u64).is_multiple_of(BAN);
        if let Some(order) = orders.get(BACK_OFF).filter(is_told) {
            self.banned(tell, order, 1);
        }
    }

    /// The consumer ships the order at this status. False where that failed for good.
    pub(super) fn ship(&mut self, tell: Tell<'_>, order: &Order, place: usize) -> bool {
        if order.dies(place) {
            return false;
        }
        match order.flaw {
            Flaw::Overlap if place == 0 => self.ask(tell, order, 200),
            Flaw::Hasty if place == 1 => self.ask(tell, order, 503),
            Flaw::Banned if place == 2 => {
                self.banned(tell, order, 100);
                self.banned(tell, order, 100);
            }
            _ => {}
        }
        self.ask(tell, order, 200);
        true
    }

    fn banned(&mut self, tell: Tell<'_>, order: &Order, for_ms: u64) {
        self.call(tell, order, 429, Some(for_ms));
    }

    fn ask(&mut self, tell: Tell<'_>, order: &Order, status: u16) {
        self.call(tell, order, status, None);
    }

    /// The platform is asked, and answers, and may begin a ban; the link tells both, too, and knows the connection.
    fn call(&mut self, tell: Tell<'_>, order: &Order, status: u16, ban: Option<u64>) {
        self.request += 1;
        let (request, path) = (self.request, format!("/7/orders/{}/ship", order.id));
        let link = Some(("consumer->platform", Some(1 + order.number % 8)));
        let (platform, id) = (Some(("consumer->platform", None)), Some(order.id.as_str()));
        let (method, route) = (|| "POST".to_owned(), || "ship".to_owned());
        self.on(tell, link, None, What::HttpRequest { request, method: method(), path: path.clone() });
        let asked = What::Request { request, route: route(), method: method(), path: path.clone() };
        self.on(tell, platform, id, asked);
        if let Some(for_ms) = ban {
            self.on(tell, platform, None, What::Ban { route: route(), for_ms });
        }
        let delay_ms = if ban.is_some() { 0 } else { 2 };
        self.on(tell, platform, id, What::Answer { request, route: route(), status, delay_ms });
        let what = What::HttpAnswered { request, method: method(), path, status, took_ms: 3 };
        self.on(tell, link, None, what);
    }
}
