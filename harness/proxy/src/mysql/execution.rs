//! The types of an execution's parameters. A client may send them once only, and an execution that never reached the server
//! may have been that once: then they are put into the next.

use bytes::Bytes;

use super::command;
use super::frames::{packet, payload};
use super::statements::Statements;

/// The request's kind, the statement, whether a cursor is wanted, and how often: once.
const HEAD: usize = 1 + 4 + 1 + 4;

/// A whole COM_STMT_EXECUTE.
pub(super) struct Execution {
    pub(super) id: u32,
    payload: Vec<u8>,
}

impl Execution {
    /// If it is one.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let payload = payload(bytes);
        match payload[..] {
            [command::STMT_EXECUTE, i0, i1, i2, i3, ..] => {
                Some(Self { id: u32::from_le_bytes([i0, i1, i2, i3]), payload })
            }
            _ => None,
        }
    }

    /// The types that it brings, if there are so many parameters.
    fn types(&self, parameters: usize) -> Option<&[u8]> {
        let flag = HEAD + parameters.div_ceil(8);
        match self.payload.get(flag) {
            Some(1) if parameters > 0 => self.payload.get(flag + 1..flag + 1 + 2 * parameters),
            _ => None,
        }
    }

    /// With these types, where it brings none.
    fn with(mut self, types: &[u8], parameters: usize) -> Bytes {
        let flag = HEAD + parameters.div_ceil(8);
        if self.payload.get(flag) == Some(&0) {
            self.payload[flag] = 1;
            self.payload.splice(flag + 1..flag + 1, types.iter().copied());
        }
        packet(0, &self.payload)
    }
}

impl Statements {
    /// An execution does not reach the server, though the client believes so.
    pub(super) fn refused(&mut self, execution: &Execution) {
        if let Some(statement) = self.get(execution.id)
            && let Some(types) = execution.types(statement.parameters)
        {
            let types = types.to_vec();
            self.owed.insert(execution.id, types);
        }
    }

    /// A request goes to the server: it brings the types that the server has not got, if it is the execution that needs them.
    pub(super) fn completed(&mut self, bytes: Bytes) -> Bytes {
        if self.owed.is_empty() {
            return bytes;
        }
        let owed = Execution::of(&bytes).and_then(|execution| {
            let types = self.owed.remove(&execution.id)?;
            let parameters = self.get(execution.id)?.parameters;
            Some(execution.with(&types, parameters))
        });
        owed.unwrap_or(bytes)
    }

    /// Whether there are types that the server has not got.
    pub(super) fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Whether there are for the request that begins so.
    pub(super) fn owes_to(&self, head: &[u8]) -> bool {
        match *head {
            [command::STMT_EXECUTE, i0, i1, i2, i3, ..] => {
                self.owed.contains_key(&u32::from_le_bytes([i0, i1, i2, i3]))
            }
            _ => false,
        }
    }
}
