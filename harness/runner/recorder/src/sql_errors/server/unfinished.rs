//! Statements that run: one that has just failed answers its client before it stands in the history.

use std::{collections::HashSet, time::Duration};

use mysql_async::{Conn, prelude::Queryable};
use tokio::time::Instant;

/// A statement that still runs so long after it was asked about had not failed then.
const LONG: Duration = Duration::from_secs(1);

const RUNNING: &str = "SELECT THREAD_ID, EVENT_ID FROM performance_schema.events_statements_current \
    WHERE END_EVENT_ID IS NULL AND NESTING_EVENT_LEVEL = 0 AND THREAD_ID <> PS_CURRENT_THREAD_ID() \
    AND EVENT_NAME NOT LIKE 'statement/com/Binlog Dump%'";

/// The statements that ran when a request to catch up was first seen.
#[derive(Debug)]
pub(super) struct Unfinished {
    request: u64,
    since: Instant,
    statements: HashSet<(u64, u64)>,
}

impl Unfinished {
    pub(super) async fn when_asked(conn: &mut Conn, request: u64) -> Result<Self, mysql_async::Error> {
        let since = Instant::now();
        Ok(Self { request, since, statements: running(conn).await? })
    }

    pub(super) fn is_of(&self, request: u64) -> bool {
        self.request == request
    }

    /// Whether what had failed before the request stands in the history by now.
    pub(super) async fn are_written(&mut self, conn: &mut Conn) -> Result<bool, mysql_async::Error> {
        if !self.statements.is_empty() && self.since.elapsed() < LONG {
            let running = running(conn).await?;
            self.statements.retain(|statement| running.contains(statement));
        }
        Ok(self.statements.is_empty() || self.since.elapsed() >= LONG)
    }
}

async fn running(conn: &mut Conn) -> Result<HashSet<(u64, u64)>, mysql_async::Error> {
    Ok(conn.query(RUNNING).await?.into_iter().collect())
}
