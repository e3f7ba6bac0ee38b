//! Connections to the server: its settings, its position, its tables, its stream.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::Duration,
};

use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Opts, OptsBuilder, Row, prelude::Queryable};
use pitfall_model::Server;

use super::position::Position;
use crate::tap::{TapError, Who};

/// The server tells that it lives, and where it is, this often.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Where to connect to.
#[derive(Debug, Clone)]
pub(super) struct Source {
    who: Who,
    opts: Opts,
    /// What the tap calls itself as a replica: two with one number throw each other out.
    id: u32,
}

/// A column as `information_schema` has it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) kind: String,
}

impl Source {
    pub(super) fn new(url: &str) -> Result<Self, TapError> {
        let unknown = Who { tap: "binlog", server: "the given URL".into() };
        let opts = Opts::from_url(url).map_err(|error| unknown.unreachable("read the URL", error))?;
        let who = Who { tap: "binlog", server: format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port()) };
        // A socket's path may lead to another server than the address does.
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false).into();
        let drawn = RandomState::new().build_hasher().finish();
        // Above what people give their servers.
        let id = 0x4000_0000 | (drawn as u32 & 0x3fff_ffff);
        Ok(Self { who, opts, id })
    }

    pub(super) fn who(&self) -> &Who {
        &self.who
    }

    async fn connect(&self) -> Result<Conn, TapError> {
        Conn::new(self.opts.clone()).await.map_err(|error| self.who.unreachable("connect", error))
    }

    /// The present position, once the settings are found fit.
    pub(super) async fn examine(&self, server: Server) -> Result<Position, TapError> {
        let mut conn = self.connect().await?;
        let mut wanted = vec![
            ("log_bin", &["ON", "1"][..]),
            ("binlog_format", &["ROW"]),
            ("binlog_row_image", &["FULL", "FULL_NODUP"]),
            ("log_bin_compress", &["OFF", "0"]),
            ("binlog_transaction_compression", &["OFF", "0"]),
            ("binlog_row_value_options", &[""]),
        ];
        if server == Server::Replica {
            wanted.push(("log_slave_updates", &["ON", "1"]));
            wanted.push(("log_replica_updates", &["ON", "1"]));
        }
        for (setting, values) in wanted {
            // A setting that this kind of server does not know is as it must be.
            let found: Option<(String, String)> = conn
                .query_first(format!("SHOW GLOBAL VARIABLES LIKE '{setting}'"))
                .await
                .map_err(|error| self.who.unreachable(format!("read its setting {setting}"), error))?;
            if let Some((_, value)) = found
                && !values.iter().any(|fit| value.eq_ignore_ascii_case(fit))
            {
                return Err(self.who.unfit(setting, &value, values.first().copied().unwrap_or_default()));
            }
        }
        self.position_on(conn).await
    }

    pub(super) async fn position(&self) -> Result<Position, TapError> {
        self.position_on(self.connect().await?).await
    }

    async fn position_on(&self, mut conn: Conn) -> Result<Position, TapError> {
        // MySQL 8.2 renamed the statement, MariaDB did not.
        let mut told = conn.query_first::<Row, _>("SHOW MASTER STATUS").await;
        if told.is_err() {
            told = conn.query_first("SHOW BINARY LOG STATUS").await;
        }
        let _ = conn.disconnect().await;
        let row = told.map_err(|error| self.who.unreachable("read its binlog position", error))?;
        let position = row.and_then(|row| Some(Position { file: row.get(0)?, offset: row.get(1)? }));
        position.ok_or_else(|| self.who.unfit("log_bin", "OFF", "ON"))
    }

    /// Everything that the server logs after `from`.
    pub(super) async fn stream(&self, from: &Position) -> Result<BinlogStream, mysql_async::Error> {
        let mut conn = Conn::new(self.opts.clone()).await?;
        let period = HEARTBEAT.as_nanos();
        // MariaDB sends its own GTID events only to who knows them; MySQL's newer name for the period.
        conn.query_drop("SET @mariadb_slave_capability=4").await?;
        conn.query_drop(format!("SET @master_heartbeat_period={period}, @source_heartbeat_period={period}"))
            .await?;
        let request =
            BinlogStreamRequest::new(self.id).with_filename(from.file.as_bytes()).with_pos(from.offset);
        conn.get_binlog_stream(request).await
    }

    /// A table's columns in order, and the names of those of its primary key.
    pub(super) async fn describe(
        &self,
        database: &str,
        table: &str,
    ) -> Result<(Vec<Described>, Vec<String>), TapError> {
        let failed = |error| self.who.unreachable(format!("describe {database}.{table}"), error);
        let mut conn = self.connect().await?;
        let columns = "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS \
                       WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
        let columns = conn.exec_map(columns, (database, table), |(name, kind)| Described { name, kind });
        let columns = columns.await.map_err(failed)?;
        let key = "SELECT COLUMN_NAME FROM information_schema.STATISTICS \
                   WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX";
        let key = conn.exec(key, (database, table)).await.map_err(failed)?;
        let _ = conn.disconnect().await;
        Ok((columns, key))
    }
}
