//! What the order system does: it takes orders, and publishes what becomes of them.

use pitfall_model::{Change, What};

use super::{
    STATUSES, Tell, World, drawn,
    order::Order,
    rows::{Changed, dish},
};

/// Dishes of an order.
pub(super) const DISHES: u64 = 3;

impl World {
    /// The dishes are in the order system before anybody is told of the order. Another environment has such an order, too.
    pub(super) fn order_in(&mut self, tell: Tell<'_>, order: &Order) {
        let keys: Vec<String> = (0..DISHES).map(|dish| format!("{}", order.number * DISHES + dish)).collect();
        let cells: Vec<[(&str, &str); 4]> = keys
            .iter()
            .map(|key| [("id", key.as_str()), ("order_id", &order.id), ("name", "soup"), ("station", "hot")])
            .collect();
        let dishes: Vec<Changed<'_>> =
            keys.iter().zip(&cells).map(|(key, cells)| dish("shop", key, cells)).collect();
        self.transact(tell, order, &dishes);
        let (topic, offset, id) = ("order-green".into(), self.foreign, format!("green-{}", order.number));
        self.foreign += 1;
        let (key, status, version) = (Some(id.clone()), Some(STATUSES[0].to_owned()), None);
        let what = What::Produced { topic, partition: 0, offset, key, status, version, bytes: 214 };
        self.on(tell, None, Some(&id), what);
    }

    /// The order system is told to go on, and publishes what it did; the first status twice.
    pub(super) fn publish(&mut self, tell: Tell<'_>, order: &Order, place: usize) {
        let (change, status) = (change(place), STATUSES[place]);
        self.of(tell, order, What::Acted { action: "advance".into(), status: 200 });
        let now = self.now();
        let cells =
            [("order_id", order.id.as_str()), ("shop", "7"), ("status", status), ("updated_at", &now)];
        let (database, table, key) = ("shop", "orders", order.id.as_str());
        self.transact(tell, order, &[Changed { database, table, change, key, cells: &cells }]);
        let bytes = 200 + drawn(self.seed + 3, order.number * STATUSES.len() as u64 + place as u64) % 2000;
        for _ in 0..if change == Change::Insert { 2 } else { 1 } {
            let end = &mut self.ends[order.partition as usize];
            let (partition, offset, key) = (order.partition as i32, *end, Some(order.id.clone()));
            *end += 1;
            let (topic, status) = ("order".into(), Some(status.to_owned()));
            let version = Some(order.versions(place).0.to_owned());
            let what = What::Produced { topic, partition, offset, key, status, version, bytes };
            self.of(tell, order, what);
        }
    }
}

/// What the status does to the order's row.
pub(super) fn change(place: usize) -> Change {
    if place == 0 { Change::Insert } else { Change::Update }
}
