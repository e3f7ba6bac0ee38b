//! Literal histories: one word for each event, times and transactions filled in.

use std::collections::BTreeMap;

use pitfall_checkers::judge;
use pitfall_model::{
    Anomaly, Change, Effect, Event, Finding, Guarantee, History, Judging, Route, RunVerdict, SCHEMA, Server,
    TableEffect, Tap, TopicEffect, What,
};

use crate::bounds;

/// One event to be, without its place in the history.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) order: Option<String>,
    pub(crate) what: What,
    together: bool,
}

/// A whole run: `run`, the steps 100 ms apart, `ended`.
pub(crate) fn history(steps: impl IntoIterator<Item = Step>) -> History {
    let mut history = cut(steps);
    let seq = history.events.len() as u64;
    history.events.push(event(seq, None, What::Ended { reason: "settled".into() }));
    history
}

/// A run that was killed after the last step.
pub(crate) fn cut(steps: impl IntoIterator<Item = Step>) -> History {
    let (name, id) = ("kitchen-display::B1-lost-placed::before".into(), "r1".into());
    let run = What::Run {
        schema: SCHEMA,
        name,
        id,
        seed: 1,
        began: 0,
        versions: BTreeMap::new(),
        taps: Tap::ALL.to_vec(),
    };
    let mut events = vec![event(0, None, run)];
    let mut open = 0;
    for mut step in steps {
        open += u64::from(!step.together);
        if let What::RowChanged { transaction, .. } = &mut step.what {
            *transaction = open;
        }
        events.push(event(events.len() as u64, step.order, step.what));
    }
    History { events, truncated: false }
}

fn event(seq: u64, order: Option<String>, what: What) -> Event {
    Event { seq, at: seq * 100_000_000, link: None, conn: None, order, what }
}

fn step(order: Option<&str>, what: What) -> Step {
    Step { order: order.map(str::to_owned), what, together: false }
}

impl Step {
    /// On another partition than 0.
    pub(crate) fn on(mut self, to: i32) -> Self {
        if let What::Produced { partition, .. } | What::Committed { partition, .. } = &mut self.what {
            *partition = to;
        }
        self
    }

    /// In the same transaction as the step before.
    pub(crate) fn together(mut self) -> Self {
        self.together = true;
        self
    }

    /// With another primary key.
    pub(crate) fn keyed(mut self, to: &str) -> Self {
        if let What::RowChanged { key, .. } = &mut self.what {
            *key = to.into();
        }
        self
    }

    /// In the replica's binlog.
    pub(crate) fn on_replica(mut self) -> Self {
        if let What::RowChanged { server, .. } = &mut self.what {
            *server = Server::Replica;
        }
        self
    }
}

/// A message of topic `order`.
pub(crate) fn produced(order: &str, status: &str, offset: i64) -> Step {
    let (topic, key, status) = ("order".into(), Some(order.into()), Some(status.into()));
    step(Some(order), What::Produced { topic, partition: 0, offset, key, status, version: None, bytes: 64 })
}

/// The harness calls an action of the system for the order.
pub(crate) fn acted(action: &str, order: &str, status: u16) -> Step {
    step(Some(order), What::Acted { action: action.into(), status })
}

/// A commit of group `kitchen` on topic `order`.
pub(crate) fn committed(offset: i64) -> Step {
    step(None, What::Committed { group: "kitchen".into(), topic: "order".into(), partition: 0, offset })
}

fn changed(
    database: &str,
    table: &str,
    change: Change,
    key: &str,
    order: &str,
    status: Option<&str>,
) -> Step {
    let columns = [("order_id", Some(order)), ("status", status)];
    let row =
        columns.into_iter().filter_map(|(column, value)| Some((column.to_owned(), value?.into()))).collect();
    let (database, table, key) = (database.into(), table.into(), key.into());
    step(None, What::RowChanged { server: Server::Source, transaction: 0, database, table, change, key, row })
}

/// The order's row comes into `kitchen.orders`.
pub(crate) fn inserted(order: &str, status: &str) -> Step {
    changed("kitchen", "orders", Change::Insert, order, order, Some(status))
}

/// The order's row changes.
pub(crate) fn updated(order: &str, status: &str) -> Step {
    changed("kitchen", "orders", Change::Update, order, order, Some(status))
}

/// The order's row goes.
pub(crate) fn deleted(order: &str) -> Step {
    changed("kitchen", "orders", Change::Delete, order, order, None)
}

/// A dish comes into the kitchen.
pub(crate) fn dish(key: &str, order: &str) -> Step {
    changed("kitchen", "dishes", Change::Insert, key, order, None)
}

/// The kitchen prints a ticket for the order.
pub(crate) fn ticket(key: &str, order: &str) -> Step {
    changed("kitchen", "tickets", Change::Insert, key, order, None)
}

/// A dish comes into the order system: the truth.
pub(crate) fn ordered(key: &str, order: &str) -> Step {
    changed("shop", "dishes", Change::Insert, key, order, None)
}

/// An action in topic `action`.
pub(crate) fn action(order: &str, offset: i64) -> Step {
    let (topic, key, status, version) = ("action".into(), None, None, None);
    step(Some(order), What::Produced { topic, partition: 0, offset, key, status, version, bytes: 64 })
}

/// Handling the action published this order to `order-process`.
pub(crate) fn handled(action: &str, key: &str) -> Step {
    let (topic, key, status, version) = ("order-process".into(), Some(key.into()), None, None);
    step(Some(action), What::Produced { topic, partition: 0, offset: 0, key, status, version, bytes: 64 })
}

/// A commit of group `worker` on topic `action`.
pub(crate) fn worked(offset: i64) -> Step {
    step(None, What::Committed { group: "worker".into(), topic: "action".into(), partition: 0, offset })
}

/// A failed statement in database `kitchen`.
pub(crate) fn sql_error(code: u32, message: &str, statement: &str) -> Step {
    let (message, statement) = (message.into(), statement.into());
    step(None, What::SqlError { code, database: "kitchen".into(), message, statement })
}

/// Any event of no order.
pub(crate) fn what(what: What) -> Step {
    step(None, what)
}

/// What the histories of orders promise.
const CORE: &[Guarantee] = &[
    Guarantee::NoLoss,
    Guarantee::Order,
    Guarantee::Convergence,
    Guarantee::Completeness,
    Guarantee::Idempotency,
    Guarantee::Progress,
];

/// A system with everything, judged on everything, at least one of each.
pub(crate) fn judging() -> Judging {
    let table = |database: &str, table: &str, status: Option<&str>| {
        let (database, table, order) = (database.into(), table.into(), "order_id".into());
        let (reason, version) = (None, None);
        TableEffect { database, table, order, status: status.map(str::to_owned), reason, version }
    };
    let shown = TableEffect { version: Some("version".into()), ..table("kitchen", "orders", Some("status")) };
    let ledger = TableEffect { reason: Some("reason".into()), ..table("kitchen", "ledger", Some("status")) };
    let dead =
        TableEffect { reason: Some("reason".into()), ..table("kitchen", "dead_letters", Some("status")) };
    let effects = [
        ("shown".to_owned(), Effect::Table(shown)),
        ("ledger".to_owned(), Effect::Table(ledger)),
        ("dead".to_owned(), Effect::Table(dead)),
        ("shipped".to_owned(), Effect::Route { route: Route::Ship }),
        ("dishes".to_owned(), Effect::Table(table("kitchen", "dishes", None))),
        ("tickets".to_owned(), Effect::Table(table("kitchen", "tickets", None))),
        ("published".to_owned(), Effect::Topic(TopicEffect { topic: "order-process".into() })),
    ];
    let truth = [("dishes".to_owned(), table("shop", "dishes", None))];
    Judging {
        guarantees: bounds::all(),
        effects: effects.into_iter().collect(),
        truth: truth.into_iter().collect(),
        expect: vec![],
        promises: CORE.to_vec(),
        must_prove: vec![],
        may_not_come: vec![],
        stall_bound_ms: 500,
    }
}

/// What the guarantee's checker finds in the history.
pub(crate) fn find(guarantee: Guarantee, history: &History) -> Finding {
    let verdict = judge(history, &judging());
    verdict.judgements.into_iter().find(|j| j.guarantee == guarantee).expect("all are judged").finding
}

/// The anomalies of a finding, with the order of each.
pub(crate) fn shown(finding: &Finding) -> Vec<(Anomaly, &str)> {
    finding.violations.iter().map(|v| (v.anomaly, v.order.as_deref().unwrap_or("?"))).collect()
}

/// The evidence of a finding's first violation, by its places in the history.
pub(crate) fn evidence(finding: &Finding) -> Vec<u64> {
    finding.violations[0].evidence.iter().map(|event| event.seq).collect()
}

/// The verdict when judged on one guarantee only, which is promised.
pub(crate) fn judge_on(
    guarantee: Guarantee,
    history: &History,
    change: impl FnOnce(&mut Judging),
) -> RunVerdict {
    let mut judging = Judging { promises: vec![guarantee], ..judging() };
    change(&mut judging);
    judge(history, &judging)
}
