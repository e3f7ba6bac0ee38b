//! What the client says.

use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;

use super::command;
use super::dialogue::{Dialogue, Phase, Stated, What};
use super::event::MysqlEvent;
use super::masks::SSL_REQUEST;
use super::packets::Packet;
use super::parameters;
use super::statements::Text;
use super::text::{start_of, used_database};

/// So much of a request is looked at: enough for a login's longest attributes, and for parameters that can be shown.
pub(super) const LOOKED_AT: usize = 64 * 1024;
/// So much of a text is told.
const MAX_TEXT: usize = 1024;
/// The last statement that was prepared, by those who do not wait for its id.
const LAST_PREPARED: u32 = u32::MAX;

impl Dialogue {
    /// A packet of the client's passes. An error says why it is not understood.
    pub(super) fn request(&mut self, packet: Packet<'_>) -> Result<(), String> {
        match self.phase {
            // Before the greeting nothing is read.
            Phase::Over | Phase::Greeting => Ok(()),
            Phase::Response => self.response(packet),
            // The packets of a file end with an empty one.
            Phase::Asking if self.in_file => {
                self.in_file = packet.length > 0;
                Ok(())
            }
            Phase::Asking if packet.sequence != 0 => {
                let logs_in = self.asked.iter().any(|asked| matches!(asked.what, What::Login { .. }));
                if logs_in { Ok(()) } else { Err(format!("packet {} of no request", packet.sequence)) }
            }
            Phase::Asking => self.command(packet),
        }
    }

    /// The answer to the greeting.
    fn response(&mut self, packet: Packet<'_>) -> Result<(), String> {
        if packet.sequence != 1 {
            return Err("what it begins with is no login".to_owned());
        }
        let mut body = ParseBuf(packet.head);
        let claimed = body.checked_eat_u32_le().ok_or("its login is too short")?;
        let claims = |flag: CapabilityFlags| claimed & flag.bits() != 0;
        if packet.length == SSL_REQUEST && claims(CapabilityFlags::CLIENT_SSL) {
            return Err(
                "it insists on TLS, which was not offered, so nothing can be read: let its driver ask \
                        for none (MySQL's clients and sqlx: ssl-mode=DISABLED; Connector/J: \
                        sslMode=DISABLED; MariaDB's clients: skip-ssl; Go: tls=false)"
                    .to_owned(),
            );
        }
        if !claims(CapabilityFlags::CLIENT_PROTOCOL_41) {
            return Err("it speaks the protocol of before MySQL 4.1".to_owned());
        }
        self.capabilities &= claimed;
        // The largest packet, the collation, and 23 bytes of nothing.
        body.checked_eat(4 + 1 + 23).ok_or("its login is too short")?;
        let user = string(&mut body);
        if claims(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
            body.checked_eat_lenenc_str().ok_or("its login is too short")?;
        } else if claims(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
            body.checked_eat_u8_str().ok_or("its login is too short")?;
        } else {
            body.eat_null_str();
        }
        let database = claims(CapabilityFlags::CLIENT_CONNECT_WITH_DB).then(|| string(&mut body));
        self.phase = Phase::Asking;
        self.login("login", user, database)
    }

    fn login(&mut self, name: &'static str, user: String, database: Option<String>) -> Result<(), String> {
        self.ask(name, What::Login { user, database: database.filter(|name| !name.is_empty()) })
    }

    fn command(&mut self, packet: Packet<'_>) -> Result<(), String> {
        let Some((kind, body)) = packet.head.split_first() else {
            return Err("an empty request".to_owned());
        };
        let mut body = ParseBuf(body);
        let done = What::Done { database: None };
        match *kind {
            command::QUIT => {
                self.phase = Phase::Over;
                Ok(())
            }
            command::BINLOG_DUMP | command::BINLOG_DUMP_GTID | command::TABLE_DUMP => {
                self.phase = Phase::Over;
                self.tell(MysqlEvent::Replication);
                Ok(())
            }
            command::QUERY => {
                let text = text(body.0, packet.is_cut());
                let database = if text.cut { None } else { used_database(&text.start) };
                let statement = Some(self.statement(text, false, Vec::new()));
                self.ask("COM_QUERY", What::Results { statement, database })
            }
            command::STMT_PREPARE => {
                self.ask("COM_STMT_PREPARE", What::Prepare { text: text(body.0, packet.is_cut()) })
            }
            command::STMT_EXECUTE => self.execute(body, packet.is_cut()),
            command::STMT_FETCH => self.ask("COM_STMT_FETCH", What::Rows),
            command::STMT_RESET => {
                self.statements.reset(id(&mut body)?);
                self.ask("COM_STMT_RESET", done)
            }
            command::STMT_CLOSE => {
                self.statements.close(id(&mut body)?);
                Ok(())
            }
            command::STMT_SEND_LONG_DATA => self.send_ahead(body, &packet),
            command::CHANGE_USER => {
                let user = string(&mut body);
                body.checked_eat_u8_str().ok_or("a change of user is too short")?;
                let database = string(&mut body);
                self.statements.clear();
                self.login("COM_CHANGE_USER", user, Some(database))
            }
            command::RESET_CONNECTION => {
                self.statements.clear();
                self.ask("COM_RESET_CONNECTION", done)
            }
            command::INIT_DB => {
                let database = Some(start_of(body.0, MAX_TEXT));
                self.ask("COM_INIT_DB", What::Done { database })
            }
            command::PROCESS_INFO => {
                self.ask("COM_PROCESS_INFO", What::Results { statement: None, database: None })
            }
            command::FIELD_LIST => self.ask("COM_FIELD_LIST", What::Rows),
            command::STATISTICS => self.ask("COM_STATISTICS", What::Text),
            command::PING => self.ask("COM_PING", done),
            command::CREATE_DB => self.ask("COM_CREATE_DB", done),
            command::DROP_DB => self.ask("COM_DROP_DB", done),
            command::REFRESH => self.ask("COM_REFRESH", done),
            command::SHUTDOWN => self.ask("COM_SHUTDOWN", done),
            command::PROCESS_KILL => self.ask("COM_PROCESS_KILL", done),
            command::DEBUG => self.ask("COM_DEBUG", done),
            command::REGISTER_SLAVE => self.ask("COM_REGISTER_SLAVE", done),
            command::SET_OPTION => self.ask("COM_SET_OPTION", done),
            _ => Err(format!("a request {kind:#04x}, which is not known here")),
        }
    }

    /// Tells a statement.
    fn statement(&mut self, text: Text, prepared: bool, params: Vec<String>) -> Stated {
        self.number += 1;
        let (number, database, Text { start: text, cut }) = (self.number, self.database.clone(), text);
        let stated = Stated { number, text: text.clone(), params: params.clone() };
        self.tell(MysqlEvent::Statement { number, database, text, cut, prepared, params });
        stated
    }

    fn execute(&mut self, mut body: ParseBuf<'_>, is_cut: bool) -> Result<(), String> {
        let id = id(&mut body)?;
        // Whether a cursor is wanted, and how often: once.
        body.checked_eat(1 + 4).ok_or("an execution is too short")?;
        let (text, params) = match self.statements.get(id) {
            Some(statement) => (statement.text.clone(), parameters::read(body, statement, is_cut)?),
            None => (self.unanswered(id), Vec::new()),
        };
        let statement = Some(self.statement(text, true, params));
        self.ask("COM_STMT_EXECUTE", What::Results { statement, database: None })
    }

    /// The text of a statement whose id has not come yet.
    fn unanswered(&self, id: u32) -> Text {
        let prepared = self.asked.iter().rev().find_map(|asked| match &asked.what {
            What::Prepare { text } if id == LAST_PREPARED => Some(text.clone()),
            _ => None,
        });
        let start = format!("(statement {id}, which was not prepared on this connection)");
        prepared.unwrap_or(Text { start, cut: false })
    }

    fn send_ahead(&mut self, mut body: ParseBuf<'_>, packet: &Packet<'_>) -> Result<(), String> {
        let id = id(&mut body)?;
        let parameter = body.checked_eat_u16_le().ok_or("a parameter sent ahead is too short")?;
        self.statements.sent_ahead(id, parameter, packet);
        Ok(())
    }
}

fn id(body: &mut ParseBuf<'_>) -> Result<u32, String> {
    body.checked_eat_u32_le().ok_or_else(|| "a request that names no statement".to_owned())
}

fn string(body: &mut ParseBuf<'_>) -> String {
    start_of(body.eat_null_str(), MAX_TEXT)
}

fn text(bytes: &[u8], is_cut: bool) -> Text {
    Text { start: start_of(bytes, MAX_TEXT), cut: is_cut || bytes.len() > MAX_TEXT }
}
