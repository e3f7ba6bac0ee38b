//! What the consumer does with a message.

use pitfall_model::{Change, What};

use super::{
    STATUSES, Tell, World,
    order::{Flaw, Order},
    publish::{DISHES, change},
    rows::{Changed, dish},
};

impl World {
    /// The consumer ships the order, and stores what it was told; or gives it up.
    pub(super) fn handle(&mut self, tell: Tell<'_>, order: &Order, place: usize) {
        let shipped = self.ship(tell, order, place);
        self.account(tell, order, place, shipped);
        let is_last = place + 1 == STATUSES.len();
        if !shipped || order.flaw == Flaw::Lost || (order.flaw == Flaw::Behind && is_last) {
            return;
        }
        self.store(tell, order, place);
        for _ in 0..if order.flaw == Flaw::Again && place == 0 { 4 } else { 1 } {
            let (status, now) = (STATUSES[place], self.now());
            let key = format!("{}-{status}", order.id);
            let cells = [("id", key.as_str()), ("order_id", &order.id), ("status", status), ("at", &now)];
            let (database, table, change, key) = ("kitchen", "ledger", Change::Update, key.as_str());
            self.note(tell, &order.id, &Changed { database, table, change, key, cells: &cells });
        }
        self.flawed(tell, order, place);
        self.passed_on(tell, order, place);
    }

    /// The order's row, and with the first status its dishes.
    fn store(&mut self, tell: Tell<'_>, order: &Order, place: usize) {
        let (now, version, change) = (self.now(), order.versions(place), change(place));
        let shop = if order.flaw == Flaw::Hollow && version.0 != version.1 { "" } else { "7" };
        let cells = [
            ("order_id", order.id.as_str()),
            ("shop", shop),
            ("status", STATUSES[place]),
            ("version", version.1),
            ("stored_at", &now),
        ];
        let (database, table, key) = ("kitchen", "orders", order.id.as_str());
        let mut rows = vec![Changed { database, table, change, key, cells: &cells }];
        let keys: Vec<String> = (0..DISHES).map(|dish| format!("{}", order.number * DISHES + dish)).collect();
        let dishes: Vec<_> = keys
            .iter()
            .map(|key| [("id", key.as_str()), ("order_id", &order.id), ("name", "soup")])
            .collect();
        if change == Change::Insert {
            let shown = keys.iter().zip(&dishes).skip(usize::from(order.flaw == Flaw::Partial));
            rows.extend(shown.map(|(key, cells)| dish("kitchen", key, cells)));
        }
        self.transact(tell, order, &rows);
    }

    /// What must not be: an insert that met another, an order of another environment that is handled.
    fn flawed(&mut self, tell: Tell<'_>, order: &Order, place: usize) {
        if order.flaw == Flaw::Twice && place == 0 {
            let message = format!("Duplicate entry '{}' for key 'orders.PRIMARY'", order.id);
            let (database, statement) = ("kitchen".into(), "INSERT INTO orders VALUES (?, ?, ?)".into());
            self.say(tell, What::SqlError { code: 1062, database, message, statement });
        }
        if order.flaw == Flaw::Foreign && place == 0 {
            let id = format!("green-{}", order.number);
            let cells = [("order_id", id.as_str()), ("shop", "7"), ("status", STATUSES[0])];
            let (database, table, change, key) = ("kitchen", "orders", Change::Insert, id.as_str());
            self.note(tell, &id, &Changed { database, table, change, key, cells: &cells });
        }
    }

    /// The order's account: open at first, then done, or failed with the reason; who gives it up leaves a dead letter and an alert.
    fn account(&mut self, tell: Tell<'_>, order: &Order, place: usize, shipped: bool) {
        let is_known = order.number % 1000 != 5;
        let (status, why) = match place {
            0 => ("open", ""),
            _ if !shipped => ("failed", if is_known { "the platform answered 503" } else { "" }),
            _ if place + 1 == STATUSES.len() => ("done", ""),
            _ => return,
        };
        let id = order.id.as_str();
        let (database, change) = ("kitchen", change(place));
        let cells = [("order_id", id), ("status", status), ("why", why)];
        self.note(tell, id, &Changed { database, table: "accounts", change, key: id, cells: &cells });
        if shipped {
            return;
        }
        let cells = [("order_id", id), ("status", STATUSES[place]), ("why", why)];
        let (table, change) = ("dead_letters", Change::Insert);
        self.note(tell, id, &Changed { database, table, change, key: id, cells: &cells });
        self.say(tell, What::Alert { text: format!("order {id} is a dead letter") });
    }

    /// The statement as the link told it, and what the consumer sent on.
    fn passed_on(&mut self, tell: Tell<'_>, order: &Order, place: usize) {
        let (database, text) =
            (Some("kitchen".to_owned()), "UPDATE orders SET status = ? WHERE order_id = ?".to_owned());
        let params = vec![STATUSES[place].to_owned(), order.id.clone()];
        let statement = What::Statement { statement: self.seq, database, text, params };
        self.on(tell, Some(("consumer->mysql-source", Some(1))), None, statement);
        self.handled += 1;
        let (topic, key, offset) = ("order-process".into(), Some(order.id.clone()), self.handled);
        let (status, version) = (Some(STATUSES[place].to_owned()), None);
        let what = What::Produced { topic, partition: 0, offset, key, status, version, bytes: 180 };
        self.of(tell, order, what);
    }
}
