//! The error tap: statements that failed, from the server's file of them or from what the server answers when asked.

mod file;
mod parse;
mod server;
mod tail;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use futures::future::BoxFuture;
use pitfall_model::{Place, What};

use crate::{
    recorder::Recorder,
    tap::{Tap, TapError},
};
use file::File;
use parse::{Failure, Records};
use server::Server;

const TAP: &str = "sql_errors";

/// What the error tap follows.
#[derive(Debug, Clone)]
pub struct SqlErrorsInput {
    /// Where failed statements are told.
    pub source: SqlErrorsSource,
    /// Real name of a database to the scenario's.
    pub databases: BTreeMap<String, String>,
}

/// Where failed statements are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlErrorsSource {
    /// The file of MariaDB's `sql_error_log` plugin (`sql_error_log_filename`); it may not exist yet. The server must
    /// run with `sql_error_log_with_db_and_thread_info=ON`.
    Log(PathBuf),
    /// The server itself, whose files cannot be read: `mysql://user:password@host:port`, never of a link to it.
    ///
    /// - MySQL: `performance_schema.events_statements_history_long`, which must hold every statement. Prepared
    ///   statements show their placeholders, and one that could not be prepared has no text.
    /// - MariaDB: the plugin's file, by `LOAD_FILE`. The user needs `FILE`; the server must let others read its files
    ///   (environment variable `UMASK=0644`) and keep the file below `max_allowed_packet`.
    Server(String),
}

/// Records a [`What::SqlError`] for each failed statement of the run's databases.
///
/// MariaDB's plugin cuts a record after 1,023 bytes, and writes warnings too, which are left out; MySQL cuts messages
/// after 128 characters and statements after `performance_schema_max_sql_text_length` bytes. A statement belongs to
/// the session's database; in a session without one of the run's, to the first of the run's databases that its text
/// or message names.
#[derive(Debug)]
pub struct SqlErrorsTap {
    follower: Follower,
}

#[derive(Debug)]
enum Follower {
    File(File),
    Server(Server),
}

impl SqlErrorsTap {
    /// Begins with what fails from now on.
    pub async fn start(recorder: Recorder, input: SqlErrorsInput) -> Result<Self, TapError> {
        let tell = Tell { recorder, databases: input.databases };
        let follower = match input.source {
            SqlErrorsSource::Log(path) => Follower::File(File::follow(path, tell)?),
            SqlErrorsSource::Server(url) => Follower::Server(Server::follow(&url, tell).await?),
        };
        Ok(Self { follower })
    }

    fn tap(&self) -> &dyn Tap {
        match &self.follower {
            Follower::File(file) => file,
            Follower::Server(server) => server,
        }
    }
}

impl Tap for SqlErrorsTap {
    fn name(&self) -> String {
        self.tap().name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        self.tap().catch_up(limit)
    }

    fn failed(&self) -> Option<String> {
        self.tap().failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.tap().stop()
    }
}

/// Where failures go.
#[derive(Debug)]
struct Tell {
    recorder: Recorder,
    databases: BTreeMap<String, String>,
}

impl Tell {
    /// Records a failure, if it is the run's.
    fn tell(&self, failure: Failure) {
        let Failure { code, database, message, statement } = failure;
        let of_session = database.as_ref().and_then(|real| self.databases.get(real));
        let named = || {
            let names = |real: &String| parse::names(&statement, real) || parse::names(&message, real);
            self.databases.iter().find(|(real, _)| names(real)).map(|(_, logical)| logical)
        };
        if let Some(database) = of_session.or_else(named).cloned() {
            self.recorder.record(Place::default(), What::SqlError { code, database, message, statement });
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
