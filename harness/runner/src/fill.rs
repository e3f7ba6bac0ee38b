//! Filling a table: source and replica make the rows by themselves, side by side, as fast as they can. Neither writes them into its
//! binlog, so that nobody has to read them and no history is flooded.

use std::{
    fmt::Write as _,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mysql_async::prelude::Queryable;
use pitfall_environment::{DatabasePair, DatabaseServer};
use pitfall_model::{Place, PlannedFill, What};
use pitfall_recorder::Recorder;

use crate::{error::RunError, wait};

/// Rows of one statement: a power of ten. One transaction of them needs little of the servers.
const STATEMENT: u64 = 100_000;
/// Rows of one event.
const TOLD: u64 = 1_000_000;
/// The replica must have the table within this.
const REPLICATED: Duration = Duration::from_secs(30);

/// Rows for one table, on both servers of a run.
pub(crate) struct Fill<'a> {
    pub(crate) pair: &'a DatabasePair,
    pub(crate) recorder: &'a Recorder,
    pub(crate) rows: &'a PlannedFill,
    /// The database's real name.
    pub(crate) database: String,
}

impl Fill<'_> {
    /// Returns when both servers have the rows; the history tells of them.
    pub(crate) async fn run(&self) -> Result<(), RunError> {
        let PlannedFill { database, table, first, last, .. } = self.rows;
        self.table_is_there().await?;
        // For both servers it is now, so that both have the same rows.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for first in (*first..=*last).step_by(TOLD as usize) {
            let last = (first + TOLD - 1).min(*last);
            let begun = Instant::now();
            let (source, replica) = (&self.pair.source, &self.pair.replica);
            let (on_source, on_replica) =
                tokio::try_join!(self.on(source, now, first, last), self.on(replica, now, first, last))?;
            let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            if on_source != on_replica {
                let differ = format!("the source has put in {on_source}, the replica {on_replica}");
                return Err(self.failed(source, differ));
            }
            let (database, table) = (database.clone(), table.clone());
            self.recorder
                .record(Place::default(), What::Filled { database, table, rows: on_source, took_ms });
        }
        Ok(())
    }

    /// What made the table may still be on its way to the replica.
    async fn table_is_there(&self) -> Result<(), RunError> {
        let (replica, table) = (&self.pair.replica, &self.rows.table);
        let sql = format!("SELECT 1 FROM `{}`.`{table}` LIMIT 0", self.database);
        let look = async || {
            let mut connection = replica.connect(&self.pair.harness).await?;
            connection.query_drop(sql.as_str()).await?;
            connection.disconnect().await
        };
        let what = format!("table {table} on the replica");
        let there = wait::probe(self.recorder, &what, REPLICATED, || async {
            look().await.map_err(|error| error.to_string())
        });
        there.await.map_err(|not_met| self.failed(replica, not_met.0))
    }

    /// Puts rows in; how many, as the server says.
    async fn on(&self, server: &DatabaseServer, now: u64, first: u64, last: u64) -> Result<u64, RunError> {
        let filled = async {
            let mut connection = server.connect(&self.pair.harness).await?;
            connection.query_drop(format!("SET SESSION sql_log_bin = 0, SESSION timestamp = {now}")).await?;
            let mut rows = 0;
            for first in (first..=last).step_by(STATEMENT as usize) {
                let last = (first + STATEMENT - 1).min(last);
                connection.query_drop(statement(self.rows, &self.database, first, last)).await?;
                rows += connection.affected_rows();
            }
            connection.disconnect().await?;
            Ok(rows)
        };
        filled.await.map_err(|error: mysql_async::Error| self.failed(server, error.to_string()))
    }

    fn failed(&self, server: &DatabaseServer, error: String) -> RunError {
        let PlannedFill { database, table, .. } = self.rows;
        RunError::server(format!("fill {database}.{table} on {}", server.address))(error.into())
    }
}

/// Makes at most [`STATEMENT`] rows out of nothing but the ten digits, which every server can count with.
fn statement(rows: &PlannedFill, database: &str, first: u64, last: u64) -> String {
    let columns: Vec<String> = rows.columns.keys().map(|column| format!("`{column}`")).collect();
    let values: Vec<&str> = rows.columns.values().map(String::as_str).collect();
    let (mut number, mut digits) = (first.to_string(), Vec::new());
    for power in 0..STATEMENT.ilog10() {
        // Writing into a text cannot fail.
        let _ = write!(number, " + {} * d{power}.d", 10_u64.pow(power));
        digits.push(format!("{DIGITS} AS d{power}"));
    }
    format!(
        "INSERT INTO `{database}`.`{}` ({}) SELECT {} FROM (SELECT {number} AS n FROM {}) AS numbers WHERE n <= {last}",
        rows.table,
        columns.join(", "),
        values.join(", "),
        digits.join(", "),
    )
}

const DIGITS: &str = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
     UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_from_the_first_to_the_last() {
        let columns = [("id", "100 - n"), ("status", "'done'")].map(|(c, v)| (c.to_owned(), v.to_owned()));
        let rows = PlannedFill {
            database: "kitchen".into(),
            table: "orders".into(),
            columns: columns.into(),
            first: 1,
            last: 250_000,
        };
        let sql = statement(&rows, "r1_kitchen", 200_001, 250_000);
        assert!(
            sql.starts_with(
                "INSERT INTO `r1_kitchen`.`orders` (`id`, `status`) SELECT 100 - n, 'done' FROM (SELECT \
                 200001 + 1 * d0.d + 10 * d1.d + 100 * d2.d + 1000 * d3.d + 10000 * d4.d AS n FROM (SELECT 0 AS d "
            ),
            "{sql}"
        );
        assert!(sql.ends_with(" AS d4) AS numbers WHERE n <= 250000"), "{sql}");
    }
}
