//! Rows that wait for their commit.

use pitfall_model::{Change, Place, Row, Server, What};
use serde_json::Value;

use super::shape::Shape;
use crate::recorder::Recorder;

/// The transactions of one binlog, of which at most one is open at a time.
#[derive(Debug)]
pub(super) struct Transactions {
    recorder: Recorder,
    server: Server,
    committed: u64,
    pending: Vec<Pending>,
}

#[derive(Debug)]
struct Pending {
    order: Option<String>,
    database: String,
    table: String,
    change: Change,
    key: String,
    row: Row,
}

impl Transactions {
    pub(super) fn new(recorder: Recorder, server: Server) -> Self {
        Self { recorder, server, committed: 0, pending: Vec::new() }
    }

    pub(super) fn pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// A row changed from `before` to `after`; a missing one means insert or delete.
    pub(super) fn row(&mut self, shape: &Shape, before: Option<Vec<Value>>, after: Option<Vec<Value>>) {
        match (before, after) {
            (Some(before), Some(after)) if shape.has_key && key(shape, &before) != key(shape, &after) => {
                self.push(shape, Change::Delete, before);
                self.push(shape, Change::Insert, after);
            }
            (Some(_), Some(after)) => self.push(shape, Change::Update, after),
            (None, Some(after)) => self.push(shape, Change::Insert, after),
            (Some(before), None) => self.push(shape, Change::Delete, before),
            (None, None) => {}
        }
    }

    fn push(&mut self, shape: &Shape, change: Change, values: Vec<Value>) {
        let key = key(shape, &values);
        let order = shape.order.and_then(|index| values.get(index)).and_then(text);
        let (database, table) = (shape.database.clone(), shape.table.clone());
        let names = shape.columns.iter().map(|column| column.name.clone());
        let row = names.zip(values).collect();
        self.pending.push(Pending { order, database, table, change, key, row });
    }

    /// The rows stand: into the history with them.
    pub(super) fn commit(&mut self) {
        self.committed += 1;
        for Pending { order, database, table, change, key, row } in self.pending.drain(..) {
            let (server, transaction) = (self.server, self.committed);
            let what = What::RowChanged { server, transaction, database, table, change, key, row };
            self.recorder.record(Place::order(order), what);
        }
    }

    /// The rows never were.
    pub(super) fn forget(&mut self) {
        self.pending.clear();
    }
}

fn key(shape: &Shape, values: &[Value]) -> String {
    let values = shape.key.iter().filter_map(|index| values.get(*index));
    values.map(|value| text(value).unwrap_or_else(|| "NULL".into())).collect::<Vec<_>>().join(",")
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
