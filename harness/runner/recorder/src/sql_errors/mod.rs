//! The error log tap: statements that failed, from the file of MariaDB's `sql_error_log` plugin.

mod parse;
mod tail;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, thread, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::Recorder,
    status::Status,
    tap::{Tap, TapError, Who},
};
use parse::{Failure, Records};
use tail::{Mark, Tail};

/// How often the file is looked at.
const EVERY: Duration = Duration::from_millis(10);
/// How long stopping may take.
const END: Duration = Duration::from_secs(2);

/// What the error log tap follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SqlErrorsInput {
    /// The plugin's file (`sql_error_log_filename`); it may not exist yet.
    pub path: PathBuf,
    /// Real name of a database to the scenario's.
    pub databases: BTreeMap<String, String>,
}

/// Records a [`What::SqlError`] for each failed statement of the run's databases.
///
/// The server must run with `sql_error_log_with_db_and_thread_info=ON`. It cuts a record after 1,023 bytes,
/// and writes warnings too, which are left out. A statement belongs to the session's database; in a session
/// without one of the run's, to the first of the run's databases that its text or message names.
#[derive(Debug)]
pub struct SqlErrorsTap {
    who: Who,
    status: Arc<Status<Reading>>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Reading {
    /// Everything before it was recorded.
    mark: Option<Mark>,
    ended: bool,
}

impl SqlErrorsTap {
    /// Begins at the present end of the file.
    pub async fn start(recorder: Recorder, input: SqlErrorsInput) -> Result<Self, TapError> {
        let who = Who { tap: "sql_errors", server: input.path.display().to_string() };
        let mut tail = Tail::at_end(input.path).map_err(|error| who.unreachable("open the file", error))?;
        let status = Arc::new(Status::new(Reading { mark: tail.mark(), ended: false }));
        let stop = CancellationToken::new();
        let (progress, stopped) = (Arc::clone(&status), stop.clone());
        let databases = input.databases;
        let thread = thread::Builder::new().name("sql_errors".into()).spawn(move || {
            let record = |failure: Failure| {
                if let Some((place, what)) = event(&databases, failure) {
                    recorder.record(place, what);
                }
            };
            while !stopped.is_cancelled() {
                if let Err(error) = round(&mut tail, &progress, &record) {
                    progress.fail(format!("reading the file: {error}"));
                    break;
                }
                thread::sleep(EVERY);
            }
            progress.advance(|reading| reading.ended = true);
        });
        thread.map_err(|error| who.unreachable("start a thread", error))?;
        Ok(Self { who, status, stop })
    }
}

/// Reads what is new; at the end of the file, a record that is whole by its looks is recorded too.
fn round(tail: &mut Tail, status: &Status<Reading>, record: &impl Fn(Failure)) -> std::io::Result<()> {
    let records: &mut Records = tail.read()?;
    records.drain_at_end().for_each(record);
    if let Some(line) = records.strange() {
        status.fail(format!("set sql_error_log_with_db_and_thread_info=ON; the file has `{line}`"));
    }
    let mark = tail.mark();
    if status.look(|reading| reading.mark != mark) {
        status.advance(|reading| reading.mark = mark);
    }
    Ok(())
}

fn event(databases: &BTreeMap<String, String>, failure: Failure) -> Option<(Place, What)> {
    let Failure { code, database, message, statement } = failure;
    let of_session = database.as_ref().and_then(|real| databases.get(real));
    let named = || {
        let names = |real: &String| parse::names(&statement, real) || parse::names(&message, real);
        databases.iter().find(|(real, _)| names(real)).map(|(_, logical)| logical)
    };
    let database = of_session.or_else(named)?.clone();
    Some((Place::default(), What::SqlError { code, database, message, statement }))
}

impl Tap for SqlErrorsTap {
    fn name(&self) -> String {
        self.who.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            let at = self.status.look(|reading| reading.mark.clone());
            let end = Mark::end_of(self.who.server.as_ref(), at.as_ref())
                .map_err(|error| self.who.unreachable("look at the file", error))?;
            let reached = |reading: &Reading| Mark::reached(reading.mark.as_ref(), end.as_ref());
            let show = |reading: &Reading| format!("{:?}", reading.mark);
            self.status.reach(&self.who, limit, &format!("the file's end {end:?}"), reached, show).await
        }
        .boxed()
    }

    fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop.cancel();
            self.status.ended(&self.who, END, |reading| reading.ended).await;
        }
        .boxed()
    }
}

impl Drop for SqlErrorsTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
