//! A link to a server, and what it told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use pitfall_proxy::{Link, LinkConfig, LinkEvent, MysqlEvent, MysqlOutcome, Protocol, SqlError, Wire};

use crate::server::root;

pub(crate) struct Bench {
    pub(crate) link: Link,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    pub(crate) database: String,
}

impl Bench {
    /// A link, and a database of this name that is empty.
    pub(crate) async fn new(server: SocketAddr, database: &str) -> Self {
        let mut conn = Conn::new(root(server)).await.unwrap();
        for sql in [format!("DROP DATABASE IF EXISTS {database}"), format!("CREATE DATABASE {database}")] {
            conn.query_drop(sql).await.unwrap();
        }
        conn.disconnect().await.unwrap();
        let events = Arc::<Mutex<Vec<LinkEvent>>>::default();
        let told = Arc::clone(&events);
        let config = LinkConfig {
            name: "client->mysql".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream: server,
            protocol: Protocol::Mysql,
            seed: 1,
            strict: false,
        };
        let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
        Self { link, events, database: database.to_owned() }
    }

    pub(crate) fn options(&self) -> OptsBuilder {
        root(self.link.address()).db_name(Some(&self.database))
    }

    pub(crate) async fn client(&self) -> Conn {
        Conn::new(self.options()).await.unwrap()
    }

    /// What was read, when the link is closed. It must have understood all.
    pub(crate) async fn close(self) -> Vec<MysqlEvent> {
        tokio::time::timeout(Duration::from_secs(30), self.link.close()).await.unwrap();
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let mut read = Vec::new();
        for event in events {
            match event {
                LinkEvent::Blind { reason, .. } => panic!("blind: {reason}"),
                LinkEvent::Read { what: Wire::Mysql(what), .. } => read.push(what),
                _ => {}
            }
        }
        read
    }
}

/// The answers to the statement whose text begins so, the last time it passed.
pub(crate) fn outcomes<'a>(events: &'a [MysqlEvent], start: &str) -> Vec<&'a MysqlOutcome> {
    let at = events
        .iter()
        .rposition(|event| matches!(event, MysqlEvent::Statement { text, .. } if text.starts_with(start)));
    let at = at.unwrap_or_else(|| panic!("no statement `{start}` in {events:#?}"));
    let MysqlEvent::Statement { number: wanted, .. } = &events[at] else { unreachable!() };
    let mut outcomes = Vec::new();
    for event in &events[at..] {
        if let MysqlEvent::Answer { number, outcome, more, text, .. } = event
            && number == wanted
        {
            assert!(text.starts_with(start), "{event:?}");
            outcomes.push(outcome);
            if !more {
                return outcomes;
            }
        }
    }
    panic!("no answer to `{start}` in {events:#?}");
}

/// Rows changed, and whether a transaction is open.
pub(crate) fn changed(events: &[MysqlEvent], start: &str) -> (u64, bool) {
    match outcomes(events, start)[..] {
        [MysqlOutcome::Ok { affected_rows, in_transaction, .. }] => (*affected_rows, *in_transaction),
        ref other => panic!("`{start}`: {other:?}"),
    }
}

/// Rows given.
pub(crate) fn rows(events: &[MysqlEvent], start: &str) -> u64 {
    match outcomes(events, start)[..] {
        [MysqlOutcome::Rows { rows, .. }] => *rows,
        ref other => panic!("`{start}`: {other:?}"),
    }
}

/// The error that came of it.
pub(crate) fn error<'a>(events: &'a [MysqlEvent], start: &str) -> &'a SqlError {
    match outcomes(events, start)[..] {
        [MysqlOutcome::Error(error)] => error,
        ref other => panic!("`{start}`: {other:?}"),
    }
}
