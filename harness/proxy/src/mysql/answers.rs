//! What the server says.

use mysql_common::constants::{CapabilityFlags, StatusFlags};
use mysql_common::io::ParseBuf;
use mysql_common::packets::StmtPacket;

use super::dialogue::{Dialogue, Phase, Step, What};
use super::event::{MysqlEvent, MysqlOutcome, SqlError};
use super::masks::{ERROR, PROTOCOL};
use super::packets::Packet;

/// So much of a packet is looked at: enough for the longest message of an error.
pub(super) const LOOKED_AT: usize = 2048;
/// A table has no more columns.
const MAX_COLUMNS: u64 = 4096;

const OK: u8 = 0x00;
const LOCAL_INFILE: u8 = 0xfb;
const EOF: u8 = 0xfe;

/// What ends an answer well.
struct Good {
    affected_rows: u64,
    last_insert_id: u64,
    status: StatusFlags,
    warnings: u16,
}

impl Dialogue {
    /// A packet of the server's has come; `offered` is what its greeting offers. An error says why it is not understood.
    pub(super) fn answer(&mut self, packet: Packet<'_>, offered: u32) -> Result<(), String> {
        let kind = match self.phase {
            Phase::Over => return Ok(()),
            Phase::Greeting => return self.greeting(packet, offered),
            _ => packet.kind().ok_or("an empty packet")?,
        };
        if kind == ERROR {
            self.failed(error(packet.head)?);
            return Ok(());
        }
        let Some(asked) = self.asked.front() else {
            return Err("an answer that nobody has asked for".to_owned());
        };
        match (self.step, &asked.what) {
            (Step::First, What::Login { user, database }) => {
                // All else is between the two of them.
                if kind == OK {
                    let (user, database) = (user.clone(), database.clone());
                    self.database.clone_from(&database);
                    self.tell(MysqlEvent::Login { user, database });
                    self.answered();
                }
                Ok(())
            }
            (_, What::Said(_)) => Err("an answer that the server was not asked for".to_owned()),
            (Step::First, What::Results { .. }) => self.first(kind, packet),
            (Step::First, What::Rows) => self.row(kind, packet, 0),
            (Step::First, What::Prepare { text }) => {
                let text = text.clone();
                let prepared: StmtPacket = ParseBuf(packet.head)
                    .parse(())
                    .map_err(|_| "the answer to COM_STMT_PREPARE cannot be read")?;
                let (parameters, columns) = (prepared.num_params(), prepared.num_columns());
                self.statements.prepared(prepared.statement_id(), text, usize::from(parameters))?;
                let ended = u64::from(!self.can(CapabilityFlags::CLIENT_DEPRECATE_EOF));
                let definitions = |count: u16| if count == 0 { 0 } else { u64::from(count) + ended };
                self.skip(definitions(parameters) + definitions(columns));
                Ok(())
            }
            (Step::First, What::Done { database }) => {
                if !matches!(kind, OK | EOF) {
                    return Err(format!("{kind:#04x} answers {}", asked.name));
                }
                let database = database.clone();
                self.used(database);
                self.answered();
                Ok(())
            }
            (Step::First, What::Text | What::Own { .. }) => {
                self.answered();
                Ok(())
            }
            (Step::Skip(left), _) => {
                self.skip(left - 1);
                Ok(())
            }
            (Step::Columns(1), _) if !self.can(CapabilityFlags::CLIENT_DEPRECATE_EOF) => {
                self.step = Step::ColumnsEnd;
                Ok(())
            }
            (Step::Columns(left), _) => {
                self.step = if left == 1 { Step::Rows(0) } else { Step::Columns(left - 1) };
                Ok(())
            }
            (Step::ColumnsEnd, _) => {
                if kind != EOF {
                    return Err(format!("{kind:#04x} where columns were to end"));
                }
                let good = eof(packet.head)?;
                if good.status.contains(StatusFlags::SERVER_STATUS_CURSOR_EXISTS) {
                    self.rows_end(0, &good);
                } else {
                    self.step = Step::Rows(0);
                }
                Ok(())
            }
            (Step::Rows(rows), _) => self.row(kind, packet, rows),
        }
    }

    fn greeting(&mut self, packet: Packet<'_>, offered: u32) -> Result<(), String> {
        match packet.kind() {
            Some(ERROR) => {
                let error = error(packet.head)?;
                self.phase = Phase::Over;
                self.tell(MysqlEvent::LoginFailed { user: None, error });
                Ok(())
            }
            Some(PROTOCOL) if offered != 0 => {
                (self.phase, self.capabilities) = (Phase::Response, offered);
                Ok(())
            }
            _ => Err("its greeting is too short".to_owned()),
        }
    }

    /// The first packet of a result.
    fn first(&mut self, kind: u8, packet: Packet<'_>) -> Result<(), String> {
        match kind {
            OK => {
                let Good { affected_rows, last_insert_id, status, warnings } = ok(packet.head)?;
                let in_transaction = in_transaction(status);
                let outcome = MysqlOutcome::Ok { affected_rows, last_insert_id, warnings, in_transaction };
                self.result(outcome, status);
            }
            LOCAL_INFILE => self.in_file = true,
            _ => {
                let count = ParseBuf(packet.head).checked_eat_lenenc_int();
                let count = count.filter(|count| (1..=MAX_COLUMNS).contains(count));
                self.step = Step::Columns(count.ok_or("a result without a number of columns")?);
            }
        }
        Ok(())
    }

    fn row(&mut self, kind: u8, packet: Packet<'_>, rows: u64) -> Result<(), String> {
        let old = !self.can(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        // A row can begin so too, if its first field is of 16 MiB or more.
        if kind != EOF || if old { packet.length > 8 } else { packet.is_continued() } {
            self.step = Step::Rows(rows + 1);
            return Ok(());
        }
        let good = if old { eof(packet.head)? } else { ok(packet.head)? };
        self.rows_end(rows, &good);
        Ok(())
    }

    fn rows_end(&mut self, rows: u64, good: &Good) {
        let (warnings, in_transaction) = (good.warnings, in_transaction(good.status));
        self.result(MysqlOutcome::Rows { rows, warnings, in_transaction }, good.status);
    }

    /// A result is through; another may follow.
    fn result(&mut self, outcome: MysqlOutcome, status: StatusFlags) {
        let more = status.contains(StatusFlags::SERVER_MORE_RESULTS_EXISTS);
        if let Some(What::Results { statement, database }) = self.asked.front().map(|asked| &asked.what) {
            let (statement, database) = (statement.clone(), database.clone());
            self.used(database);
            if let Some(stated) = statement {
                self.tell(stated.answer(outcome, more));
            }
        }
        if more { self.step = Step::First } else { self.answered() }
    }

    fn used(&mut self, database: Option<String>) {
        if database.is_some() {
            self.database = database;
        }
    }

    fn skip(&mut self, left: u64) {
        if left == 0 { self.answered() } else { self.step = Step::Skip(left) }
    }

    fn can(&self, flag: CapabilityFlags) -> bool {
        self.capabilities & flag.bits() != 0
    }
}

fn in_transaction(status: StatusFlags) -> bool {
    status.contains(StatusFlags::SERVER_STATUS_IN_TRANS)
}

/// An OK packet, also one that ends rows.
fn ok(head: &[u8]) -> Result<Good, String> {
    let mut body = ParseBuf(head);
    let mut read = || {
        body.checked_eat_u8()?;
        let (affected_rows, last_insert_id) =
            (body.checked_eat_lenenc_int()?, body.checked_eat_lenenc_int()?);
        let status = StatusFlags::from_bits_truncate(body.checked_eat_u16_le()?);
        Some(Good { affected_rows, last_insert_id, status, warnings: body.checked_eat_u16_le()? })
    };
    read().ok_or_else(|| "an OK packet is too short".to_owned())
}

/// An EOF packet.
fn eof(head: &[u8]) -> Result<Good, String> {
    let [_, w0, w1, s0, s1, ..] = head else {
        return Err("an EOF packet is too short".to_owned());
    };
    let status = StatusFlags::from_bits_truncate(u16::from_le_bytes([*s0, *s1]));
    Ok(Good { affected_rows: 0, last_insert_id: 0, status, warnings: u16::from_le_bytes([*w0, *w1]) })
}

/// An error; the SQLSTATE is missing where it comes instead of a greeting.
fn error(head: &[u8]) -> Result<SqlError, String> {
    let [_, c0, c1, rest @ ..] = head else {
        return Err("an error is too short".to_owned());
    };
    let (sqlstate, message) = match rest {
        [b'#', state @ ..] if state.len() >= 5 => state.split_at(5),
        message => (&[][..], message),
    };
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(SqlError { code: u16::from_le_bytes([*c0, *c1]), sqlstate: text(sqlstate), message: text(message) })
}
