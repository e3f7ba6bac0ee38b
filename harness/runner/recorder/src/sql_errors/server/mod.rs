//! A server that is asked, again and again, what has failed since.

mod history;
mod log;
mod settings;
mod unfinished;

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Failure, Tell};
use crate::{
    status::Status,
    tap::{Tap, TapError, Who},
};
use history::History;
use log::Log;

/// How often the server is asked.
const EVERY: Duration = Duration::from_millis(50);
/// How often, while someone waits for the answer.
const EVERY_AWAITED: Duration = Duration::from_millis(5);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(60);
/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_millis(100);
/// How long stopping may take.
const END: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Server {
    who: Who,
    status: Arc<Status<Reading>>,
    /// How often it was asked to catch up.
    asked: watch::Sender<u64>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Reading {
    /// The last request to catch up before which everything is told.
    through: u64,
    ended: bool,
}

/// How the server tells what failed.
#[derive(Debug)]
enum Book {
    History(Box<History>),
    Log(Log),
}

/// What one look into the book gave.
#[derive(Debug, Default)]
struct Look {
    /// In order.
    failures: Vec<Failure>,
    /// Everything that failed before this request to catch up is told now.
    through: Option<u64>,
}

/// Why a look gave nothing.
#[derive(Debug)]
enum Blank {
    /// Connect again and go on.
    Lost(String),
    /// Something can no longer be told.
    Fatal(String),
}

impl From<mysql_async::Error> for Blank {
    fn from(error: mysql_async::Error) -> Self {
        match error {
            // 1053: shutting down; 1927, 3169, 4031: the connection was killed or timed out.
            mysql_async::Error::Server(told)
                if !matches!(told.code, 1040 | 1053 | 1317 | 1927 | 3169 | 4031) =>
            {
                Self::Fatal(format!("the server refused to tell: {told}"))
            }
            other => Self::Lost(other.to_string()),
        }
    }
}

impl Server {
    /// Begins with what fails from now on.
    pub(super) async fn follow(url: &str, tell: Tell) -> Result<Self, TapError> {
        let unknown = Who { tap: super::TAP, server: "the given URL".into() };
        let opts = Opts::from_url(url).map_err(|error| unknown.unreachable("read the URL", error))?;
        let who = Who { tap: super::TAP, server: format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port()) };
        // A socket's path may lead to another server than the address does.
        let opts: Opts = OptsBuilder::from_opts(opts).prefer_socket(false).into();
        let opened = timeout(CONNECT, Self::open(&who, &opts)).await;
        let (conn, book) = opened
            .unwrap_or_else(|_| Err(who.unreachable("connect", format!("no answer within {CONNECT:?}"))))?;

        let status = Arc::new(Status::new(Reading { through: 0, ended: false }));
        let asked = watch::Sender::new(0);
        let stop = CancellationToken::new();
        let following = Following { opts, book, tell, status: Arc::clone(&status), asked: asked.subscribe() };
        tokio::spawn({
            let (status, stop) = (Arc::clone(&status), stop.clone());
            async move {
                if let Some(reason) = stop.run_until_cancelled(following.forever(conn)).await {
                    status.fail(reason);
                }
                status.advance(|reading| reading.ended = true);
            }
        });
        Ok(Self { who, status, asked, stop })
    }

    async fn open(who: &Who, opts: &Opts) -> Result<(Conn, Book), TapError> {
        let mut conn = Conn::new(opts.clone()).await.map_err(|error| who.unreachable("connect", error))?;
        let version: Option<String> = conn
            .query_first("SELECT VERSION()")
            .await
            .map_err(|error| who.unreachable("read its version", error))?;
        let book = match version.is_some_and(|version| version.contains("MariaDB")) {
            true => Book::Log(Log::open(who, &mut conn).await?),
            false => Book::History(Box::new(History::open(who, &mut conn).await?)),
        };
        Ok((conn, book))
    }
}

/// What the task that follows has.
struct Following {
    opts: Opts,
    book: Book,
    tell: Tell,
    status: Arc<Status<Reading>>,
    asked: watch::Receiver<u64>,
}

impl Following {
    /// Gives the reason why the tap cannot go on.
    async fn forever(mut self, conn: Conn) -> String {
        let mut conn = Some(conn);
        let mut lost_since: Option<Instant> = None;
        loop {
            match self.round(&mut conn).await {
                Ok(()) => lost_since = None,
                Err(Blank::Fatal(reason)) => return reason,
                Err(Blank::Lost(reason)) => {
                    conn = None;
                    let since = lost_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > PATIENCE {
                        return format!("no connection for {PATIENCE:?}: {reason}");
                    }
                    self.status.trouble(reason);
                    sleep(AGAIN).await;
                    continue;
                }
            }
            let asked = *self.asked.borrow_and_update();
            if asked > self.status.look(|reading| reading.through) {
                sleep(EVERY_AWAITED).await;
            } else {
                // Who asks to catch up ends the pause.
                let _ = timeout(EVERY, self.asked.changed()).await;
            }
        }
    }

    async fn round(&mut self, conn: &mut Option<Conn>) -> Result<(), Blank> {
        let conn = match conn {
            Some(conn) => conn,
            None => {
                let connected = timeout(CONNECT, Conn::new(self.opts.clone())).await;
                let connected =
                    connected.map_err(|_| Blank::Lost(format!("no answer within {CONNECT:?}")))?;
                conn.insert(connected.map_err(|error| Blank::Lost(error.to_string()))?)
            }
        };
        let asked = *self.asked.borrow();
        let through = self.status.look(|reading| reading.through);
        let awaited = (asked > through).then_some(asked);
        let look = match &mut self.book {
            Book::History(history) => history.look(conn, awaited).await?,
            Book::Log(log) => log.look(conn, awaited).await?,
        };
        look.failures.into_iter().for_each(|failure| self.tell.tell(failure));
        if let Some(through) = look.through {
            self.status.advance(|reading| reading.through = reading.through.max(through));
        }
        Ok(())
    }
}

impl Tap for Server {
    fn name(&self) -> String {
        self.who.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            let mut request = 0;
            self.asked.send_modify(|asked| {
                *asked += 1;
                request = *asked;
            });
            let reached = |reading: &Reading| reading.through >= request;
            let show = |reading: &Reading| format!("an answer to request {}", reading.through);
            let awaited = format!("an answer to request {request} for what failed");
            self.status.reach(&self.who, limit, &awaited, reached, show).await
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

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
