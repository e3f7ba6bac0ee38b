//! Follows the stream of events, over lost connections, until the tap is stopped or must fail.

use std::time::Duration;

use futures::StreamExt;
use mysql_async::{
    BinlogStream, Error,
    binlog::{
        EventType,
        events::{Event, QueryEvent, RotateEvent},
    },
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    BinlogInput, Following,
    connect::Source,
    convert::{Tables, table_id},
    position::Position,
    statement::{Statement, classify},
    transaction::Transactions,
};
use crate::{recorder::Recorder, status::Status};

/// A server that sends no heartbeat for so long is gone.
const SILENCE: Duration = Duration::from_secs(5);
/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_millis(100);

/// How a connection ended.
enum Ended {
    /// Connect again and go on.
    Lost(String),
    /// Something cannot be told truly any more.
    Fatal(String),
}

/// Gives the reason why the tap cannot go on.
pub(super) async fn forever(
    source: &Source,
    recorder: Recorder,
    input: &BinlogInput,
    status: &Status<Following>,
    from: Position,
) -> String {
    let transactions = Transactions::new(recorder, input.server);
    let mut reader =
        Reader { source, input, status, transactions, formatted: false, at: from.clone(), resume: from };
    let mut lost_since: Option<Instant> = None;
    loop {
        let before = reader.at.clone();
        let reason = match reader.connection().await {
            Ended::Fatal(reason) => return reason,
            Ended::Lost(reason) => reason,
        };
        if reader.at != before {
            lost_since = None;
        }
        let since = lost_since.get_or_insert_with(Instant::now);
        if since.elapsed() > PATIENCE {
            return format!("no connection for {PATIENCE:?} at {}: {reason}", reader.at);
        }
        status.trouble(reason);
        sleep(AGAIN).await;
    }
}

struct Reader<'a> {
    source: &'a Source,
    input: &'a BinlogInput,
    status: &'a Status<Following>,
    transactions: Transactions,
    /// The server has told, on this connection, how it writes events.
    formatted: bool,
    /// After the last event.
    at: Position,
    /// After the last event outside a transaction: where a new connection begins.
    resume: Position,
}

impl Reader<'_> {
    async fn connection(&mut self) -> Ended {
        self.transactions.forget();
        self.formatted = false;
        self.at = self.resume.clone();
        let mut stream = match timeout(SILENCE, self.source.stream(&self.resume)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return judge(&error),
            Err(_) => return Ended::Lost(format!("no stream within {SILENCE:?}")),
        };
        let mut tables = Tables::default();
        loop {
            let event = match timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(error))) => return judge(&error),
                Ok(None) => return Ended::Lost("the server ended the stream".into()),
                Err(_) => return Ended::Lost(format!("no heartbeat within {SILENCE:?}")),
            };
            if let Err(reason) = self.event(&event, &stream, &mut tables).await {
                return Ended::Fatal(format!("at {}: {reason}", self.at));
            }
            let at = &self.at;
            self.status.advance(|following| {
                following.sent = true;
                following.at.clone_from(at);
            });
        }
    }

    async fn event(
        &mut self,
        event: &Event,
        stream: &BinlogStream,
        tables: &mut Tables,
    ) -> Result<(), String> {
        let header = event.header();
        let raw = header.event_type_raw();
        let mut outside = false;
        match EventType::try_from(raw) {
            // The first one repeats what was asked for, and the decoder, which does not know yet whether events
            // carry checksums, takes the checksum for a part of the file's name.
            Ok(EventType::ROTATE_EVENT) if !self.formatted => return Ok(()),
            Ok(EventType::FORMAT_DESCRIPTION_EVENT) => self.formatted = true,
            Ok(EventType::ROTATE_EVENT) => {
                let rotate: RotateEvent<'_> =
                    event.read_event().map_err(|error| format!("a rotation: {error}"))?;
                self.at = Position { file: rotate.name().into_owned(), offset: rotate.position() };
                if !self.transactions.pending() {
                    self.resume = self.at.clone();
                }
                return Ok(());
            }
            Ok(EventType::TABLE_MAP_EVENT) => {
                let map = table_id(event.data())
                    .and_then(|id| stream.get_tme(id))
                    .ok_or("a table map that was not kept")?;
                tables.learn(map, self.input, self.source).await?;
            }
            Ok(
                EventType::WRITE_ROWS_EVENT_V1
                | EventType::UPDATE_ROWS_EVENT_V1
                | EventType::DELETE_ROWS_EVENT_V1
                | EventType::WRITE_ROWS_EVENT
                | EventType::UPDATE_ROWS_EVENT
                | EventType::DELETE_ROWS_EVENT
                | EventType::PARTIAL_UPDATE_ROWS_EVENT,
            ) => tables.rows(event, &mut self.transactions)?,
            Ok(EventType::XID_EVENT) => {
                self.transactions.commit();
                outside = true;
            }
            Ok(EventType::QUERY_EVENT) => outside = self.query(event)?,
            Ok(EventType::INCIDENT_EVENT) => {
                return Err("the server logged an incident: events are missing".into());
            }
            Ok(EventType::TRANSACTION_PAYLOAD_EVENT) => return Err(compressed(raw)),
            Ok(EventType::XA_PREPARE_LOG_EVENT) if self.transactions.pending() => {
                return Err("an XA transaction was prepared; its commit cannot be followed".into());
            }
            _ if (0xa5..=0xab).contains(&raw) => return Err(compressed(raw)),
            // Formats, GTIDs, heartbeats, checkpoints: only their position counts.
            _ => {}
        }
        let offset = u64::from(header.log_pos());
        self.at.offset = self.at.offset.max(offset);
        if outside && offset != 0 && !self.transactions.pending() {
            self.resume = self.at.clone();
        }
        Ok(())
    }

    /// Whether the statement leaves the stream outside a transaction.
    fn query(&mut self, event: &Event) -> Result<bool, String> {
        let query: QueryEvent<'_> = event.read_event().map_err(|error| format!("a statement: {error}"))?;
        let pending = self.transactions.pending();
        match classify(&query.query(), &query.schema(), &self.input.databases, pending) {
            Statement::Commit => self.transactions.commit(),
            Statement::Rollback => self.transactions.forget(),
            Statement::Hides(text) => return Err(format!("{text} left no row events")),
            // A transaction may just have begun.
            Statement::Other => return Ok(false),
        }
        Ok(true)
    }
}

fn compressed(kind: u8) -> String {
    format!(
        "events are compressed (type {kind:#x}): set log_bin_compress=OFF and binlog_transaction_compression=OFF"
    )
}

/// What the server says is final (thrown out, purged, no rights); what the network says is not.
fn judge(error: &Error) -> Ended {
    match error {
        // 1040, 1053, 1077, 1079: too many connections, shutting down. 1927: the connection was killed.
        Error::Server(told) if !matches!(told.code, 1040 | 1053 | 1077 | 1079 | 1927) => {
            Ended::Fatal(format!("the server ended the stream: {told}"))
        }
        Error::Io(mysql_async::IoError::Io(io))
            if io.kind() == std::io::ErrorKind::InvalidData || io.kind() == std::io::ErrorKind::Other =>
        {
            Ended::Fatal(format!("an event that cannot be decoded: {io}"))
        }
        other => Ended::Lost(other.to_string()),
    }
}
