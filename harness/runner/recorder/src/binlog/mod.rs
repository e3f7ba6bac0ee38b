//! The binlog tap: every row that changes on one server, in commit order, from its binlog.

mod connect;
mod convert;
mod follow;
mod position;
mod shape;
mod statement;
mod transaction;
mod values;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::Server;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    recorder::Recorder,
    status::Status,
    tap::{Tap, TapError, Who},
};
use connect::Source;
use position::Position;

/// How long the first connection may take.
const FIRST: Duration = Duration::from_secs(60);
/// Between two attempts to reach a server that is away.
const AGAIN: Duration = Duration::from_millis(50);
/// How long stopping may take.
const END: Duration = Duration::from_secs(2);

/// What the binlog tap follows.
#[derive(Debug, Clone)]
pub struct BinlogInput {
    /// `mysql://user:password@host:port` of the server itself, never of a link to it. The user needs
    /// `REPLICATION SLAVE` and `BINLOG MONITOR` (MariaDB) or `REPLICATION CLIENT` (MySQL).
    pub url: String,
    /// Which of the two servers it is.
    pub server: Server,
    /// Real name of a database to the scenario's; rows of others are skipped undecoded.
    pub databases: BTreeMap<String, String>,
    /// (Scenario's database, table) to the column that holds the order id.
    pub orders: BTreeMap<(String, String), String>,
}

/// Records a [`pitfall_model::What::RowChanged`] for each row that a commit changed, at the commit.
///
/// A connection that is lost is made again where it broke; everything else that could hide a row fails the
/// tap: statements logged as text, `TRUNCATE`, compressed events, partial rows, XA, values that cannot be
/// decoded. `DROP` and other DDL leave no rows in a binlog. An update that changes the primary key is recorded
/// as the delete of the old row and the insert of the new one. A table without a primary key has all of its
/// columns as its key.
#[derive(Debug)]
pub struct BinlogTap {
    who: Who,
    source: Source,
    status: Arc<Status<Following>>,
    stop: CancellationToken,
}

/// How far the tap has come.
#[derive(Debug)]
struct Following {
    /// Everything before it was recorded, unless it is part of a transaction that is not committed.
    at: Position,
    /// The server has begun to send.
    sent: bool,
    ended: bool,
}

impl BinlogTap {
    /// Checks that the server logs what the tap needs, and follows from its present position.
    pub async fn start(recorder: Recorder, input: BinlogInput) -> Result<Self, TapError> {
        let source = Source::new(&input.url)?;
        let who = source.who().clone();
        let limited = timeout(FIRST, source.examine(input.server)).await;
        let from = limited
            .unwrap_or_else(|_| Err(who.unreachable("connect", format!("no answer within {FIRST:?}"))))?;
        let status = Arc::new(Status::new(Following { at: from.clone(), sent: false, ended: false }));
        let stop = CancellationToken::new();
        tokio::spawn({
            let (status, stop, source) = (Arc::clone(&status), stop.clone(), source.clone());
            async move {
                let following = follow::forever(&source, recorder, &input, &status, from);
                if let Some(reason) = stop.run_until_cancelled(following).await {
                    status.fail(reason);
                }
                status.advance(|following| following.ended = true);
            }
        });
        let tap = Self { who, source, status, stop };
        let awaited = "the server's first event";
        tap.status.reach(&tap.who, FIRST, awaited, |following| following.sent, |_| "nothing".into()).await?;
        Ok(tap)
    }
}

impl BinlogTap {
    /// The server's position, asked again while it is away.
    async fn end(&self, limit: Duration) -> Result<Position, TapError> {
        let until = Instant::now() + limit;
        loop {
            match timeout_at(until, self.source.position()).await {
                Ok(Ok(end)) => return Ok(end),
                Ok(Err(error)) if Instant::now() + AGAIN >= until => return Err(error),
                Ok(Err(_)) => sleep(AGAIN).await,
                Err(_) => {
                    return Err(self.who.behind(limit, "the server's position".into(), "no answer".into()));
                }
            }
        }
    }
}

impl Tap for BinlogTap {
    fn name(&self) -> String {
        self.who.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            if let Some(reason) = self.failed() {
                return Err(self.who.failed(reason));
            }
            let began = Instant::now();
            let end = self.end(limit).await?;
            let left = limit.saturating_sub(began.elapsed());
            let show = |following: &Following| following.at.to_string();
            let reached = |following: &Following| following.at >= end;
            self.status.reach(&self.who, left, &format!("position {end}"), reached, show).await
        }
        .boxed()
    }

    fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop.cancel();
            self.status.ended(&self.who, END, |following| following.ended).await;
        }
        .boxed()
    }
}

impl Drop for BinlogTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
