//! MySQL: `performance_schema.events_statements_history_long`, a ring into which every statement goes when it ends.
//!
//! A *pulse* is cheap: how many statements there were, how many failed. A *scan* reads the ring; it follows a pulse that
//! counts new failures, or so many statements that the ring could fill up. The ring drops its oldest row first, so what
//! a scan finds of an earlier pulse (a statement too) proves that nothing after that pulse was overwritten before the
//! scan. A scan therefore looks for the pulse before the scan before last: once that is found, the last scan has seen
//! everything that was written between the scan before it and itself. A pulse that is not found fails the tap.

use std::collections::HashMap;

use mysql_async::{Conn, prelude::Queryable};

use super::{Blank, Look, settings, unfinished::Unfinished};
use crate::{
    sql_errors::parse::Failure,
    tap::{TapError, Who},
};

/// A scan goes back so far before the last one (in picoseconds): a statement may wait between its end and its entry.
const BACK: u64 = 2_000_000_000_000;

const PULSE: &str = "SELECT own.THREAD_ID, own.EVENT_ID, own.TIMER_START, counted.statements, counted.errors \
    FROM performance_schema.events_statements_current AS own, \
    (SELECT COALESCE(SUM(COUNT_STAR), 0) AS statements, COALESCE(SUM(SUM_ERRORS), 0) AS errors \
     FROM performance_schema.events_statements_summary_global_by_event_name) AS counted \
    WHERE own.THREAD_ID = PS_CURRENT_THREAD_ID() AND own.NESTING_EVENT_LEVEL = 0";

const FAILED: &str = "SELECT THREAD_ID, EVENT_ID, TIMER_START, TIMER_END, ERRORS, MYSQL_ERRNO, CURRENT_SCHEMA, \
    MESSAGE_TEXT, SQL_TEXT FROM performance_schema.events_statements_history_long \
    WHERE ERRORS > 0 AND NESTING_EVENT_LEVEL = 0";

#[derive(Debug)]
pub(super) struct History {
    /// How many statements the ring holds.
    rows: u64,
    last: Scan,
    before_last: Scan,
    /// What the next scan may find again, and when it ended.
    seen: HashMap<(u64, u64), u64>,
    unfinished: Option<Unfinished>,
}

/// A scan that was made.
#[derive(Debug, Clone, Copy)]
struct Scan {
    /// The one before it.
    pulse: Pulse,
    /// Everything that failed before this request to catch up stood in the ring before it.
    answers: Option<u64>,
    /// Failures had been counted that the scan before it had not known of. They may stand in the ring a little later.
    news: bool,
}

#[derive(Debug, Clone, Copy)]
struct Pulse {
    thread: u64,
    event: u64,
    /// When, on the server's clock.
    began: u64,
    statements: u64,
    errors: u64,
}

/// A row of the ring.
struct Entry {
    thread: u64,
    event: u64,
    began: u64,
    ended: u64,
    /// `None` for a pulse.
    failure: Option<Failure>,
}

impl Entry {
    fn is(&self, pulse: &Pulse) -> bool {
        (self.thread, self.event, self.began) == (pulse.thread, pulse.event, pulse.began)
    }
}

impl History {
    /// Begins with what fails from now on.
    pub(super) async fn open(who: &Who, conn: &mut Conn) -> Result<Self, TapError> {
        let rows = settings::examine(who, conn).await?;
        let failed = |blank| match blank {
            Blank::Lost(error) | Blank::Fatal(error) => {
                who.unreachable("read its history of statements", error)
            }
        };
        let none = Scan { pulse: pulse(conn).await.map_err(failed)?, answers: None, news: false };
        let mut history =
            Self { rows, last: none, before_last: none, seen: HashMap::new(), unfinished: None };
        let first = Scan { pulse: pulse(conn).await.map_err(failed)?, ..none };
        // What it finds is older than the tap.
        history.scan(conn, first).await.map_err(failed)?;
        Ok(history)
    }

    pub(super) async fn look(&mut self, conn: &mut Conn, awaited: Option<u64>) -> Result<Look, Blank> {
        let answers = match awaited {
            Some(request) => self.is_written(conn, request).await?.then_some(request),
            None => None,
        };
        let pulse = pulse(conn).await?;
        let news = pulse.errors != self.last.pulse.errors;
        let passed = pulse.statements.abs_diff(self.last.pulse.statements);
        if answers.is_some() || news || self.last.news || passed >= self.rows / 4 {
            self.scan(conn, Scan { pulse, answers, news }).await
        } else {
            Ok(Look::default())
        }
    }

    /// Whether what failed before the request stands in the ring.
    async fn is_written(&mut self, conn: &mut Conn, request: u64) -> Result<bool, Blank> {
        if let Some((counter, found)) = settings::no_room(conn).await? {
            return Err(Blank::Fatal(format!(
                "{counter} is {found}: statements of threads without room are not seen"
            )));
        }
        let unfinished = match self.unfinished.take().filter(|unfinished| unfinished.is_of(request)) {
            Some(unfinished) => unfinished,
            None => Unfinished::when_asked(conn, request).await?,
        };
        self.unfinished.insert(unfinished).are_written(conn).await.map_err(Blank::from)
    }

    async fn scan(&mut self, conn: &mut Conn, scan: Scan) -> Result<Look, Blank> {
        let proof = self.before_last.pulse;
        let since = self.last.pulse.began.saturating_sub(BACK);
        let mut entries = read(conn, &proof, since).await?;
        if !entries.iter().any(|entry| entry.is(&proof)) {
            return Err(Blank::Fatal(format!(
                "the server no longer has the statements since the last look: more than its {} rows of history came in \
                 between (performance_schema_events_statements_history_long_size), or it was started again",
                self.rows
            )));
        }
        entries.sort_by_key(|entry| (entry.ended, entry.thread));
        self.seen.retain(|_, ended| *ended >= since);
        let is_new = |entry: &Entry| self.seen.insert((entry.thread, entry.event), entry.ended).is_none();
        let failures = entries.into_iter().filter(is_new).filter_map(|entry| entry.failure).collect();
        let through = self.last.answers;
        self.before_last = std::mem::replace(&mut self.last, scan);
        Ok(Look { failures, through })
    }
}

async fn pulse(conn: &mut Conn) -> Result<Pulse, Blank> {
    let found: Option<(u64, u64, u64, u64, u64)> = conn.query_first(PULSE).await?;
    let (thread, event, began, statements, errors) = found.ok_or_else(|| {
        Blank::Fatal("events_statements_current does not have the tap's own statement".into())
    })?;
    Ok(Pulse { thread, event, began, statements, errors })
}

/// The failures that ended after `since`, and the pulse if it is still there.
async fn read(conn: &mut Conn, pulse: &Pulse, since: u64) -> Result<Vec<Entry>, Blank> {
    let Pulse { thread, event, began, .. } = pulse;
    let query = format!(
        "{FAILED} AND TIMER_END >= {since} OR THREAD_ID = {thread} AND EVENT_ID = {event} AND TIMER_START = {began}"
    );
    type Columns = (u64, u64, u64, u64, u64, u32, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
    let entry = |(thread, event, began, ended, errors, code, database, message, statement): Columns| {
        let database = database.map(text);
        let (message, statement) =
            (message.map(text).unwrap_or_default(), statement.map(text).unwrap_or_default());
        let failure = (errors > 0).then_some(Failure { code, database, message, statement });
        Entry { thread, event, began, ended, failure }
    };
    Ok(conn.query_map(query, entry).await?)
}

/// The server may have cut it within a character.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
