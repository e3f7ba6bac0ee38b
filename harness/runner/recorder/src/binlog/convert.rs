//! Row events of the run's tables, decoded; those of other databases are skipped by their table's number.

use std::{collections::HashMap, sync::Arc};

use mysql_async::binlog::{
    events::{Event, EventData, TableMapEvent},
    row::BinlogRow,
};
use serde_json::Value;

use super::{connect::Source, shape::Shape, transaction::Transactions, values};
use crate::binlog::BinlogInput;

/// Ends a statement without rows; it belongs to no table.
const NO_TABLE: u64 = 0xff_ffff;

/// The tables that the stream has named since the connection began, by the server's numbers for them.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// `None` is a table of another database.
    known: HashMap<u64, Option<Table>>,
}

#[derive(Debug)]
struct Table {
    event: TableMapEvent<'static>,
    shape: Arc<Shape>,
}

impl Tables {
    /// A table map event: says which table a number means, and what it looks like.
    pub(super) async fn learn(
        &mut self,
        map: &TableMapEvent<'static>,
        input: &BinlogInput,
        source: &Source,
    ) -> Result<(), String> {
        let real = map.database_name();
        let Some(logical) = input.databases.get(real.as_ref()) else {
            self.known.insert(map.table_id(), None);
            return Ok(());
        };
        if let Some(Some(table)) = self.known.get(&map.table_id())
            && table.event == *map
        {
            return Ok(());
        }
        let shape = match Shape::of_event(map, logical, &input.orders)? {
            Some(shape) => shape,
            None => {
                let described =
                    source.describe(&real, &map.table_name()).await.map_err(|error| error.to_string())?;
                Shape::described(map, logical, described, &input.orders)?
            }
        };
        let table = Table { event: map.clone(), shape: Arc::new(shape) };
        self.known.insert(map.table_id(), Some(table));
        Ok(())
    }

    /// A row event: its rows wait in `transactions` for their commit.
    pub(super) fn rows(&self, event: &Event, transactions: &mut Transactions) -> Result<(), String> {
        let id = table_id(event.data()).ok_or("a row event without a table")?;
        let table = match self.known.get(&id) {
            Some(Some(table)) => table,
            Some(None) => return Ok(()),
            None if id == NO_TABLE => return Ok(()),
            None => return Err(format!("a row event of table number {id}, which no table map named")),
        };
        let told = |error| format!("a row event of {}.{}: {error}", table.shape.database, table.shape.table);
        let Some(EventData::RowsEvent(rows)) = event.read_data().map_err(|e| told(e.to_string()))? else {
            return Err(told(format!("not decodable, type {}", event.header().event_type_raw())));
        };
        for pair in rows.rows(&table.event) {
            let (before, after) = pair.map_err(|error| told(error.to_string()))?;
            let before = before.map(|row| plain(row, &table.shape)).transpose().map_err(told)?;
            let after = after.map(|row| plain(row, &table.shape)).transpose().map_err(told)?;
            transactions.row(&table.shape, before, after);
        }
        Ok(())
    }
}

/// The first six bytes of every table map and row event.
pub(super) fn table_id(data: &[u8]) -> Option<u64> {
    let bytes = data.get(..6)?;
    Some(bytes.iter().rev().fold(0, |id, byte| id << 8 | u64::from(*byte)))
}

fn plain(mut row: BinlogRow, shape: &Shape) -> Result<Vec<Value>, String> {
    if row.len() != shape.columns.len() {
        let (found, all) = (row.len(), shape.columns.len());
        return Err(format!(
            "{found} of {all} columns are logged; binlog_row_image must be FULL in every session"
        ));
    }
    let collations: Vec<u16> = row.columns_ref().iter().map(|column| column.character_set()).collect();
    let columns = shape.columns.iter().zip(collations).enumerate();
    columns
        .map(|(index, (column, collation))| {
            let value = row.take(index).ok_or("a column without a value")?;
            values::json(value, column, collation)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_s_number_is_little_endian() {
        assert_eq!(table_id(&[1, 2, 0, 0, 0, 0, 9]), Some(513));
        assert_eq!(table_id(&[1, 2]), None);
    }
}
