//! A server, a link to it, and what the link told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use pitfall_environment::{DatabasePair, Environment, direct};
use pitfall_proxy::{Act, Change, Link, LinkConfig, LinkEvent, MysqlEvent, Protocol, ProtocolFault, Wire};
use pitfall_warden::{Owner, Warden};
use tokio::sync::OnceCell;

use crate::server::PASSWORD;

/// A server, and who may do all there.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) at: SocketAddr,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Target {
    pub(crate) fn root(at: SocketAddr) -> Self {
        Self { at, user: "root".to_owned(), password: PASSWORD.to_owned() }
    }
}

/// MariaDB as a process; started for the first case that needs it. It ends with this process.
#[derive(Default)]
pub(crate) struct Process {
    started: OnceCell<(Warden, DatabasePair)>,
}

impl Process {
    pub(crate) async fn target(&self) -> Target {
        let start = async || {
            let warden = Warden::connect().await.unwrap();
            let started = Environment::Processes.start_pair(&warden, Owner::Client, &direct).await;
            let pair = started.unwrap_or_else(|error| panic!("{error}"));
            (warden, pair)
        };
        let (_, pair) = self.started.get_or_init(start).await;
        let (user, password) = (pair.harness.user.clone(), pair.harness.password.clone());
        Target { at: pair.source.address, user, password }
    }
}

pub(crate) struct Bench {
    pub(crate) link: Link,
    pub(crate) target: Target,
    pub(crate) database: String,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    /// Past the link; sees what is not committed, too.
    beside: Conn,
}

impl Bench {
    /// A link, and a database of this name with an empty table `orders`.
    pub(crate) async fn new(target: Target, database: &str) -> Self {
        let mut beside = Conn::new(options(&target, target.at)).await.unwrap();
        for sql in [
            format!("DROP DATABASE IF EXISTS {database}"),
            format!("CREATE DATABASE {database}"),
            format!("USE {database}"),
            "CREATE TABLE orders (id BIGINT PRIMARY KEY)".to_owned(),
            "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED".to_owned(),
        ] {
            beside.query_drop(sql).await.unwrap();
        }
        let events = Arc::<Mutex<Vec<LinkEvent>>>::default();
        let told = Arc::clone(&events);
        let config = LinkConfig {
            name: "client->mysql".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream: target.at,
            protocol: Protocol::Mysql,
            seed: 1,
            strict: false,
        };
        let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
        Self { link, target, database: database.to_owned(), events, beside }
    }

    /// By the link.
    pub(crate) fn options(&self) -> OptsBuilder {
        options(&self.target, self.link.address()).db_name(Some(&self.database))
    }

    /// Does this to what the predicate finds, as often.
    pub(crate) async fn inject(
        &self,
        name: &str,
        kind: &'static str,
        on: impl Fn(&str, &[String]) -> Option<String> + Send + Sync + 'static,
        does: Act,
        times: Option<u64>,
    ) {
        let on = move |wire: &Wire| match wire {
            Wire::Mysql(
                MysqlEvent::Statement { text, params, .. } | MysqlEvent::Answer { text, params, .. },
            ) if wire.kind() == kind => on(text, params),
            _ => None,
        };
        let fault = ProtocolFault { name: name.to_owned(), kind, on: Arc::new(on), does, times };
        self.link.inject(fault).await.unwrap();
    }

    /// What stands in the table, committed or not.
    pub(crate) async fn ids(&mut self) -> Vec<i64> {
        self.beside.query("SELECT id FROM orders ORDER BY id").await.unwrap()
    }

    /// What is committed: waits for whoever has yet to decide.
    pub(crate) async fn committed(&mut self) -> Vec<i64> {
        self.beside.query("SELECT id FROM orders ORDER BY id FOR UPDATE").await.unwrap()
    }

    /// Past the link: waits for whoever has locked what it needs.
    pub(crate) async fn does(&mut self, sql: &str) {
        self.beside.query_drop(sql).await.unwrap();
    }

    pub(crate) fn events(&self) -> Vec<LinkEvent> {
        self.events.lock().unwrap().clone()
    }

    /// What a fault did.
    pub(crate) fn bites(&self, name: &str) -> Vec<String> {
        let bite = |event| match event {
            LinkEvent::Bit { toxic, what, .. } if toxic == name => Some(what),
            _ => None,
        };
        self.events().into_iter().filter_map(bite).collect()
    }

    /// The link has understood and done all.
    pub(crate) async fn close(self) -> Vec<MysqlEvent> {
        tokio::time::timeout(Duration::from_secs(30), self.link.close()).await.unwrap();
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let mut read = Vec::new();
        for event in events {
            match event {
                LinkEvent::Blind { .. } | LinkEvent::NotDone { .. } => panic!("{event:?}"),
                LinkEvent::Read { what: Wire::Mysql(what), .. } => read.push(what),
                _ => {}
            }
        }
        read
    }
}

fn options(target: &Target, at: SocketAddr) -> OptsBuilder {
    // On the loopback interface it would look for a socket of the server and leave the link.
    OptsBuilder::default()
        .ip_or_hostname(at.ip().to_string())
        .tcp_port(at.port())
        .user(Some(&target.user))
        .pass(Some(&target.password))
        .prefer_socket(false)
}

/// An error in place of a statement.
pub(crate) fn error(code: u16, sqlstate: &str, message: &str) -> Act {
    Act::Change(Change::MysqlError { code, sqlstate: sqlstate.to_owned(), message: message.to_owned() })
}

/// Finds statements that begin so; where they have an id, with this one.
pub(crate) fn begins(
    start: &'static str,
    id: Option<i64>,
) -> impl Fn(&str, &[String]) -> Option<String> + Send + Sync + 'static {
    move |text, params| {
        let has = |id: i64| text.ends_with(&format!("({id})")) || params == [id.to_string()];
        (text.starts_with(start) && id.is_none_or(has)).then(String::new)
    }
}
