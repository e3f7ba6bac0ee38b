//! The same few statements, by clients that differ.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError};
use sqlx::{Connection, MySqlConnection};

use crate::bench::Bench;

/// What a client was told of a failure: number and SQLSTATE of the server's error; none if the connection broke.
pub(crate) type Failure = Option<(u16, String)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Prepared,
    Sqlx,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Text, Kind::Prepared, Kind::Sqlx];

/// A client by the link.
pub(crate) enum Client {
    Text(Conn),
    Prepared(Conn),
    Sqlx(MySqlConnection),
}

impl Client {
    pub(crate) async fn new(bench: &Bench, kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Conn::new(bench.options()).await.unwrap()),
            Kind::Prepared => Self::Prepared(Conn::new(bench.options()).await.unwrap()),
            Kind::Sqlx => {
                let (at, target) = (bench.link.address(), &bench.target);
                let options = MySqlConnectOptions::new().host(&at.ip().to_string()).port(at.port());
                let options =
                    options.username(&target.user).password(&target.password).database(&bench.database);
                Self::Sqlx(MySqlConnection::connect_with(&options).await.unwrap())
            }
        }
    }

    /// A statement without parameters, as text.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), Failure> {
        match self {
            Self::Text(conn) | Self::Prepared(conn) => conn.query_drop(sql).await.map_err(of_mysql_async),
            Self::Sqlx(conn) => sqlx::raw_sql(sql).execute(conn).await.map(drop).map_err(of_sqlx),
        }
    }

    pub(crate) async fn insert(&mut self, id: i64) -> Result<(), Failure> {
        match self {
            Self::Text(conn) => {
                let sql = format!("INSERT INTO orders VALUES ({id})");
                conn.query_drop(sql).await.map_err(of_mysql_async)
            }
            Self::Prepared(conn) => {
                conn.exec_drop("INSERT INTO orders VALUES (?)", (id,)).await.map_err(of_mysql_async)
            }
            Self::Sqlx(conn) => {
                let insert = sqlx::query("INSERT INTO orders VALUES (?)").bind(id);
                insert.execute(conn).await.map(drop).map_err(of_sqlx)
            }
        }
    }

    /// Whether the id is there.
    pub(crate) async fn finds(&mut self, id: i64) -> bool {
        match self {
            Self::Text(conn) => {
                let sql = format!("SELECT id FROM orders WHERE id = {id}");
                conn.query_first::<i64, _>(sql).await.unwrap().is_some()
            }
            Self::Prepared(conn) => {
                let sql = "SELECT id FROM orders WHERE id = ?";
                conn.exec_first::<i64, _, _>(sql, (id,)).await.unwrap().is_some()
            }
            Self::Sqlx(conn) => {
                let find = sqlx::query("SELECT id FROM orders WHERE id = ?").bind(id);
                find.fetch_optional(conn).await.unwrap().is_some()
            }
        }
    }
}

fn of_mysql_async(error: mysql_async::Error) -> Failure {
    match error {
        mysql_async::Error::Server(error) => Some((error.code, error.state)),
        _ => None,
    }
}

fn of_sqlx(error: sqlx::Error) -> Failure {
    let error = error.into_database_error()?;
    let error = error.downcast_ref::<MySqlDatabaseError>();
    Some((error.number(), error.code().unwrap_or_default().to_owned()))
}
