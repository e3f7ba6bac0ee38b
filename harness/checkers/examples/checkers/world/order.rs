//! The life of the orders of one wave.

use pitfall_model::{Change, Server, What};

use super::{PARTITIONS, Tell, WAVE, World, drawn, row};

const STATUSES: [&str; 5] = ["placed", "paid", "cooked", "packed", "delivered"];
const DISHES: u64 = 3;

/// What is wrong with an order, if anything.
#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    None,
    /// Its messages are committed, but it never shows.
    Lost,
    /// It shows a dish too few.
    Partial,
    /// The last status is never applied.
    Behind,
    /// Its first message is handled three times, and nobody is told.
    Again,
    /// Two handlers inserted its row.
    Twice,
}

/// One order of the wave.
struct Order {
    id: String,
    number: u64,
    partition: u64,
    flaw: Flaw,
}

impl Order {
    fn new(seed: u64, number: u64) -> Self {
        let flaw = match drawn(seed, number) % 1000 {
            0 => Flaw::Lost,
            1 => Flaw::Partial,
            2 => Flaw::Behind,
            3 => Flaw::Again,
            4 => Flaw::Twice,
            _ => Flaw::None,
        };
        Self {
            id: (100_000 + number).to_string(),
            number,
            partition: drawn(seed + 1, number) % PARTITIONS,
            flaw,
        }
    }
}

/// A row that changes.
struct Changed<'c> {
    database: &'c str,
    table: &'c str,
    change: Change,
    key: &'c str,
    cells: &'c [(&'c str, &'c str)],
}

impl World {
    /// Orders from this number on live from the first status to the last.
    pub(super) fn wave(&mut self, tell: Tell<'_>, first: u64) {
        let orders: Vec<Order> = (first..first + WAVE).map(|number| Order::new(self.seed, number)).collect();
        for order in &orders {
            self.order_in(tell, order);
        }
        for (place, status) in STATUSES.iter().enumerate() {
            let change = if place == 0 { Change::Insert } else { Change::Update };
            for order in &orders {
                self.publish(tell, order, status, change);
            }
            for order in &orders {
                self.handle(tell, order, status, change);
            }
            self.commit(tell, STATUSES.len() - place);
        }
    }

    /// The dishes are in the order system before anybody is told of the order.
    fn order_in(&mut self, tell: Tell<'_>, order: &Order) {
        let keys: Vec<String> = (0..DISHES).map(|dish| format!("{}", order.number * DISHES + dish)).collect();
        let cells: Vec<[(&str, &str); 4]> = keys
            .iter()
            .map(|key| [("id", key.as_str()), ("order_id", &order.id), ("name", "soup"), ("station", "hot")])
            .collect();
        let dishes: Vec<Changed<'_>> =
            keys.iter().zip(&cells).map(|(key, cells)| dish("shop", key, cells)).collect();
        self.transact(tell, order, &dishes);
    }

    /// The order system is told to go on, and publishes what it did; the first status twice.
    fn publish(&mut self, tell: Tell<'_>, order: &Order, status: &str, change: Change) {
        self.on(tell, None, Some(&order.id), What::Acted { action: "advance".into(), status: 200 });
        let now = self.now();
        let cells =
            [("order_id", order.id.as_str()), ("shop", "7"), ("status", status), ("updated_at", &now)];
        let (database, table, key) = ("shop", "orders", order.id.as_str());
        self.transact(tell, order, &[Changed { database, table, change, key, cells: &cells }]);
        for _ in 0..if change == Change::Insert { 2 } else { 1 } {
            let end = &mut self.ends[order.partition as usize];
            let (partition, offset, key) = (order.partition as i32, *end, Some(order.id.clone()));
            *end += 1;
            let (topic, status, version) = ("order".into(), Some(status.to_owned()), None);
            let what = What::Produced { topic, partition, offset, key, status, version, bytes: 214 };
            self.on(tell, None, Some(&order.id), what);
        }
    }

    /// The consumer asks for the order, and stores what it was told.
    fn handle(&mut self, tell: Tell<'_>, order: &Order, status: &str, change: Change) {
        self.ask(tell, order);
        let is_last = Some(&status) == STATUSES.last();
        if order.flaw == Flaw::Lost || (order.flaw == Flaw::Behind && is_last) {
            return;
        }
        let now = self.now();
        let cells = [("order_id", order.id.as_str()), ("status", status), ("stored_at", &now)];
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
        for _ in 0..if order.flaw == Flaw::Again && change == Change::Insert { 4 } else { 1 } {
            self.write_down(tell, order, status);
        }
        if order.flaw == Flaw::Twice && change == Change::Insert {
            let message = format!("Duplicate entry '{}' for key 'orders.PRIMARY'", order.id);
            let (database, statement) = ("kitchen".into(), "INSERT INTO orders VALUES (?, ?, ?)".into());
            self.say(tell, What::SqlError { code: 1062, database, message, statement });
        }
        self.passed_on(tell, order, status);
    }

    /// One line in the ledger for each message that was handled.
    fn write_down(&mut self, tell: Tell<'_>, order: &Order, status: &str) {
        self.transaction += 1;
        let (key, now) = (format!("{}-{status}", order.id), self.now());
        let cells = [("id", key.as_str()), ("order_id", &order.id), ("status", status), ("at", &now)];
        let (database, table, change, key) = ("kitchen", "ledger", Change::Update, key.as_str());
        let ledger = Changed { database, table, change, key, cells: &cells };
        self.change(tell, order, Server::Source, &ledger);
    }

    /// The platform is asked, and answers; the link tells both, too.
    fn ask(&mut self, tell: Tell<'_>, order: &Order) {
        self.request += 1;
        let (request, path) = (self.request, format!("/7/orders/{}/finance", order.id));
        let (link, id) = (Some("consumer->platform"), Some(order.id.as_str()));
        let method = || "GET".to_owned();
        self.on(tell, link, None, What::HttpRequest { request, method: method(), path: path.clone() });
        let route = || "finance".to_owned();
        let asked = What::Request { request, route: route(), method: method(), path: path.clone() };
        self.on(tell, link, id, asked);
        self.on(tell, link, id, What::Answer { request, route: route(), status: 200, delay_ms: 20 });
        let what = What::HttpAnswered { request, method: method(), path, status: 200, took_ms: 21 };
        self.on(tell, link, None, what);
    }

    /// The statement as the link told it, what the consumer wrote to its log, and the message it sent on.
    fn passed_on(&mut self, tell: Tell<'_>, order: &Order, status: &str) {
        let (database, text) =
            (Some("kitchen".to_owned()), "UPDATE orders SET status = ? WHERE order_id = ?".to_owned());
        let params = vec![status.to_owned(), order.id.clone()];
        self.on(
            tell,
            Some("consumer->mysql-source"),
            None,
            What::Statement { statement: self.seq, database, text, params },
        );
        let line = format!("order {}: {status} stored", order.id);
        self.say(tell, What::Log { role: "consumer".into(), instance: 1, line });
        self.handled += 1;
        let (topic, key, offset) = ("order-process".into(), Some(order.id.clone()), self.handled);
        let (status, version) = (Some(status.to_owned()), None);
        let what = What::Produced { topic, partition: 0, offset, key, status, version, bytes: 180 };
        self.on(tell, None, Some(&order.id), what);
    }

    /// Every partition's offsets: what was fetched, what the broker answered, what it stored. A commit for each message.
    fn commit(&mut self, tell: Tell<'_>, left: usize) {
        for partition in 0..PARTITIONS {
            let end = self.ends[partition as usize];
            let (link, group, topic) =
                (Some("consumer->kafka"), || "kitchen".to_owned(), || "order".to_owned());
            let (member, partition) = (format!("kitchen-{}", partition % 4), partition as i32);
            for offset in end - (WAVE / PARTITIONS) as i64..end {
                let (client, error, error_name, generation) = (None, None, None, left as i32);
                let fetched = What::RecordsFetched {
                    client: None,
                    topic: topic(),
                    partition,
                    first_offset: Some(offset),
                    last_offset: Some(offset),
                    records: 1,
                    keys: Vec::new(),
                    error,
                    error_name: None,
                };
                self.on(tell, link, None, fetched);
                let (group, member, topic, offset) = (group(), member.clone(), topic(), offset + 1);
                let stored =
                    What::Committed { group: group.clone(), topic: topic.clone(), partition, offset };
                let what = What::OffsetCommit {
                    client,
                    group,
                    member,
                    generation,
                    topic,
                    partition,
                    offset,
                    error,
                    error_name,
                };
                self.on(tell, link, None, what);
                self.say(tell, stored);
            }
        }
    }

    /// A transaction: first in the source's binlog, then in the replica's.
    fn transact(&mut self, tell: Tell<'_>, order: &Order, rows: &[Changed<'_>]) {
        self.transaction += 1;
        for server in [Server::Source, Server::Replica] {
            for row in rows {
                self.change(tell, order, server, row);
            }
        }
    }

    fn change(&mut self, tell: Tell<'_>, order: &Order, server: Server, of: &Changed<'_>) {
        let what = What::RowChanged {
            server,
            transaction: self.transaction,
            database: of.database.to_owned(),
            table: of.table.to_owned(),
            change: of.change,
            key: of.key.to_owned(),
            row: row(of.cells),
        };
        self.on(tell, None, Some(&order.id), what);
    }
}

fn dish<'c>(database: &'c str, key: &'c str, cells: &'c [(&'c str, &'c str)]) -> Changed<'c> {
    Changed { database, table: "dishes", change: Change::Insert, key, cells }
}
