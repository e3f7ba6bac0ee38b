//! What MySQL's performance schema must be set to, so that no failed statement is missing from it.

use mysql_async::{Conn, prelude::Queryable};

use crate::tap::{TapError, Who};

/// With fewer rows, a busy server would overwrite them before they are read.
const ROWS: u64 = 1_000;

const CONSUMERS: &str = "SELECT NAME, ENABLED FROM performance_schema.setup_consumers WHERE NAME IN \
    ('global_instrumentation', 'thread_instrumentation', 'events_statements_current', 'events_statements_history_long')";
const INSTRUMENT_OFF: &str = "SELECT NAME FROM performance_schema.setup_instruments \
    WHERE NAME LIKE 'statement/%' AND (ENABLED = 'NO' OR TIMED = 'NO') LIMIT 1";
const ACTOR_OFF: &str = "SELECT CONCAT(USER, '@', HOST) FROM performance_schema.setup_actors \
    WHERE ENABLED = 'NO' OR HISTORY = 'NO' LIMIT 1";
const NO_ROOM: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Performance_schema_thread_instances_lost', \
    'Performance_schema_thread_classes_lost', 'Performance_schema_statement_classes_lost') AND Value <> '0'";

/// Gives the number of rows that the history has.
pub(super) async fn examine(who: &Who, conn: &mut Conn) -> Result<u64, TapError> {
    let failed = |error| who.unreachable("read the settings of its performance schema", error);
    let rows: Option<(bool, i64)> = conn
        .query_first("SELECT @@performance_schema, @@performance_schema_events_statements_history_long_size")
        .await
        .map_err(failed)?;
    let (on, rows) = rows.unwrap_or_default();
    if !on {
        return Err(who.unfit("performance_schema", "OFF", "ON"));
    }
    let rows = u64::try_from(rows).unwrap_or_default();
    if rows < ROWS {
        let setting = "performance_schema_events_statements_history_long_size";
        return Err(who.unfit(setting, &rows.to_string(), &format!("{ROWS} or more")));
    }
    let consumers: Vec<(String, String)> = conn.query(CONSUMERS).await.map_err(failed)?;
    if let Some((name, found)) = consumers.iter().find(|(_, enabled)| enabled != "YES") {
        let setting = format!("performance_schema_consumer_{name}");
        return Err(who.unfit(&setting, found, "YES"));
    }
    if let Some(name) = conn.query_first::<String, _>(INSTRUMENT_OFF).await.map_err(failed)? {
        let wanted = "YES (performance_schema_instrument='statement/%=ON')";
        return Err(who.unfit(&format!("ENABLED or TIMED of the instrument {name}"), "NO", wanted));
    }
    if let Some(actor) = conn.query_first::<String, _>(ACTOR_OFF).await.map_err(failed)? {
        return Err(who.unfit(&format!("ENABLED or HISTORY of {actor} in setup_actors"), "NO", "YES"));
    }
    match no_room(conn).await.map_err(failed)? {
        Some((counter, found)) => {
            Err(who.unfit(&counter, &found, "0: make the tables of its performance schema larger"))
        }
        None => Ok(rows),
    }
}

/// A counter of threads or statements that found no room in the performance schema, and so were not seen.
pub(super) async fn no_room(conn: &mut Conn) -> Result<Option<(String, String)>, mysql_async::Error> {
    conn.query_first(NO_ROOM).await
}
