//! A statement that the link answers itself, with an error true to what the server would have done.

use bytes::Bytes;

use super::command;
use super::dialogue::{Asked, Dialogue, Stated, What};
use super::event::SqlError;
use super::execution::Execution;
use super::frames::{last_sequence, packet};
use super::masks::ERROR;
use super::text::start_of;

/// Of a transaction that is a victim of a deadlock nothing is left.
const DEADLOCK: u16 = 1213;
/// Whatever `completion_type` says.
const ROLLBACK: &str = "ROLLBACK AND NO CHAIN NO RELEASE";
/// No server says more.
const MAX_MESSAGE: usize = 512;

impl Dialogue {
    /// The statement of this number, which has come last, is not forwarded: when its turn has come the client is answered with
    /// this error. Returned is what goes to the server instead, whose answers to it are not for the client. An error says why
    /// nothing of it was done.
    pub(super) fn refuse(
        &mut self,
        number: u64,
        bytes: &[u8],
        error: &SqlError,
    ) -> Result<Vec<Bytes>, String> {
        let SqlError { code, sqlstate, .. } = error;
        if sqlstate.len() != 5 || !sqlstate.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!(
                "the SQLSTATE `{sqlstate}` is not five letters and digits: give one that is"
            ));
        }
        let is_asked = |asked: &Asked| matches!(&asked.what, What::Results { statement: Some(Stated { number: of, .. }), .. } if *of == number);
        if !self.asked.back().is_some_and(is_asked) {
            return Err("the server has ended the connection's work already".to_owned());
        }
        self.asked.pop_back();
        let mut instead = Vec::new();
        if let Some(execution) = Execution::of(bytes) {
            // What was sent ahead for it is used up, and its cursor is closed; the types of its parameters are known.
            instead.push(packet(0, &[&[command::STMT_RESET], &execution.id.to_le_bytes()[..]].concat()));
            self.own("COM_STMT_RESET", None);
            self.statements.refused(&execution);
        }
        if *code == DEADLOCK {
            instead.push(packet(0, &[&[command::QUERY], ROLLBACK.as_bytes()].concat()));
            self.own("COM_QUERY", Some(ROLLBACK));
        }
        let said = error_packet(last_sequence(bytes).wrapping_add(1), error);
        self.asked.push_back(Asked { name: "", what: What::Said(said) });
        Ok(instead)
    }

    /// What is to be said to the client now: all before it has been answered.
    pub(super) fn said(&mut self) -> Vec<Bytes> {
        let mut said = Vec::new();
        while let Some(What::Said(bytes)) = self.asked.front().map(|asked| &asked.what) {
            said.push(bytes.clone());
            self.asked.pop_front();
        }
        said
    }

    /// Whether something is still to be said to the client or kept from it, or to be added to what it says.
    pub(super) fn owes(&self) -> bool {
        let is_ours = |asked: &Asked| matches!(asked.what, What::Own { .. } | What::Said(_));
        self.asked.iter().any(is_ours) || self.statements.owes()
    }

    /// Whether the next answer is to a request of the link's own.
    pub(super) fn awaits_own(&self) -> bool {
        self.asked.front().is_some_and(|asked| matches!(asked.what, What::Own { .. }))
    }

    fn own(&mut self, name: &'static str, text: Option<&'static str>) {
        self.asked.push_back(Asked { name, what: What::Own { text } });
    }
}

/// An error as a server says it since MySQL 4.1.
fn error_packet(sequence: u8, error: &SqlError) -> Bytes {
    let SqlError { code, sqlstate, message } = error;
    let message = start_of(message.as_bytes(), MAX_MESSAGE);
    let code = code.to_le_bytes();
    packet(sequence, &[&[ERROR][..], &code, b"#", sqlstate.as_bytes(), message.as_bytes()].concat())
}
