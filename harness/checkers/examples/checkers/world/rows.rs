//! Rows that change, as the binlogs tell them.

use pitfall_model::{Change, Row, Server, What};

use super::{Tell, World, order::Order};

/// A row that changes.
pub(super) struct Changed<'c> {
    pub(super) database: &'c str,
    pub(super) table: &'c str,
    pub(super) change: Change,
    pub(super) key: &'c str,
    pub(super) cells: &'c [(&'c str, &'c str)],
}

impl World {
    /// A transaction: first in the source's binlog, then in the replica's.
    pub(super) fn transact(&mut self, tell: Tell<'_>, order: &Order, rows: &[Changed<'_>]) {
        self.transaction += 1;
        for server in [Server::Source, Server::Replica] {
            for row in rows {
                self.change(tell, &order.id, server, row);
            }
        }
    }

    /// A transaction of one row, of a table that is not replicated.
    pub(super) fn note(&mut self, tell: Tell<'_>, order: &str, row: &Changed<'_>) {
        self.transaction += 1;
        self.change(tell, order, Server::Source, row);
    }

    fn change(&mut self, tell: Tell<'_>, order: &str, server: Server, of: &Changed<'_>) {
        let what = What::RowChanged {
            server,
            transaction: self.transaction,
            database: of.database.to_owned(),
            table: of.table.to_owned(),
            change: of.change,
            key: of.key.to_owned(),
            row: row(of.cells),
        };
        self.on(tell, None, Some(order), what);
    }
}

/// A dish of an order, in the order system or in the kitchen.
pub(super) fn dish<'c>(database: &'c str, key: &'c str, cells: &'c [(&'c str, &'c str)]) -> Changed<'c> {
    Changed { database, table: "dishes", change: Change::Insert, key, cells }
}

/// Columns and values as a row.
fn row(cells: &[(&str, &str)]) -> Row {
    cells.iter().map(|(column, value)| ((*column).to_owned(), (*value).into())).collect()
}
