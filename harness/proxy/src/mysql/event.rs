//! What was read of MySQL.

/// What was said on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MysqlEvent {
    /// A login was accepted: the connection's first, or a change of user.
    Login {
        /// Who.
        user: String,
        /// The database that is used from the beginning.
        database: Option<String>,
    },
    /// The server let nobody in.
    LoginFailed {
        /// Who, if he was asked.
        user: Option<String>,
        /// Why.
        error: SqlError,
    },
    /// A statement passes to the server.
    Statement {
        /// Its number on the connection, from 1.
        number: u64,
        /// The database in use, as far as the connection's requests say.
        database: Option<String>,
        /// Its text, or the beginning of it: at most 1,024 bytes. Of a prepared statement, what was prepared.
        text: String,
        /// Whether the text goes on.
        cut: bool,
        /// Whether it had been prepared.
        prepared: bool,
        /// Its parameters, for a reader: the first 32, each as SQL would have it, shortened.
        params: Vec<String>,
    },
    /// An answer to a statement has come from the server.
    Answer {
        /// The statement's number.
        number: u64,
        /// Its text, as it was told with the statement.
        text: String,
        /// Its parameters, likewise.
        params: Vec<String>,
        /// What.
        outcome: MysqlOutcome,
        /// Another answer to the same statement follows.
        more: bool,
    },
    /// A request that is no statement has failed.
    Failed {
        /// Which, by the protocol's name; `None` where nothing was asked: the server ends the connection.
        request: Option<&'static str>,
        /// What was to be prepared.
        text: Option<String>,
        /// Why.
        error: SqlError,
    },
    /// The rest of the connection is a stream of the binlog, which is not read.
    Replication,
}

/// What came of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MysqlOutcome {
    /// It was carried out, and gives no rows.
    Ok {
        /// Rows that it changed.
        affected_rows: u64,
        /// The first id that the server gave away, or 0.
        last_insert_id: u64,
        /// Warnings.
        warnings: u16,
        /// Whether a transaction is open now.
        in_transaction: bool,
    },
    /// It gave rows.
    Rows {
        /// How many; those that are fetched from a cursor later are not among them.
        rows: u64,
        /// Warnings.
        warnings: u16,
        /// Whether a transaction is open now.
        in_transaction: bool,
    },
    /// It failed, perhaps after rows had come.
    Error(SqlError),
}

/// An error, as the server said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// Its number, e.g. 1062.
    pub code: u16,
    /// Its SQLSTATE, e.g. `23000`; empty where the server gave none.
    pub sqlstate: String,
    /// Its message.
    pub message: String,
}
