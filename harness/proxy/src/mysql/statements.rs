//! What a connection has prepared.

use std::collections::{BTreeMap, HashMap};

use super::packets::Packet;
use super::parameters::MAX_PARAMETERS;

/// A server allows no more of them by default, all connections together.
const MAX_STATEMENTS: usize = 16_382;

/// A statement's text, or the beginning of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) start: String,
    pub(super) cut: bool,
}

/// A prepared statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) text: Text,
    pub(super) parameters: usize,
    /// The types of its first parameters, as last sent: a client may leave them out when it executes again.
    pub(super) types: Vec<[u8; 2]>,
    /// Parameters that were sent ahead, and their lengths: their values are not sent with the execution.
    pub(super) long: BTreeMap<u16, Ahead>,
}

/// What was sent ahead of a parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    pub(super) bytes: u64,
    /// There were frames whose length was not counted.
    pub(super) goes_on: bool,
}

/// What a connection has prepared.
#[derive(Default)]
pub(super) struct Statements {
    by_id: HashMap<u32, Statement>,
    /// Types of parameters that the client has sent and the server has not got: all of a statement's.
    pub(super) owed: HashMap<u32, Vec<u8>>,
}

impl Statements {
    pub(super) fn prepared(&mut self, id: u32, text: Text, parameters: usize) -> Result<(), String> {
        if self.by_id.len() >= MAX_STATEMENTS && !self.by_id.contains_key(&id) {
            return Err(format!("more than {MAX_STATEMENTS} prepared statements"));
        }
        self.owed.remove(&id);
        let (types, long) = (Vec::new(), BTreeMap::new());
        self.by_id.insert(id, Statement { text, parameters, types, long });
        Ok(())
    }

    pub(super) fn get(&mut self, id: u32) -> Option<&mut Statement> {
        self.by_id.get_mut(&id)
    }

    /// A piece of a parameter is sent ahead in a packet. Of those that are not told nothing is kept.
    pub(super) fn sent_ahead(&mut self, id: u32, parameter: u16, packet: &Packet<'_>) {
        if usize::from(parameter) < MAX_PARAMETERS
            && let Some(statement) = self.by_id.get_mut(&id)
        {
            let ahead = statement.long.entry(parameter).or_default();
            // Before it stand the request's kind, the statement and the parameter.
            ahead.bytes += packet.length.saturating_sub(1 + 4 + 2) as u64;
            ahead.goes_on |= packet.is_continued();
        }
    }

    pub(super) fn reset(&mut self, id: u32) {
        if let Some(statement) = self.by_id.get_mut(&id) {
            statement.long.clear();
        }
    }

    pub(super) fn close(&mut self, id: u32) {
        self.by_id.remove(&id);
        self.owed.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.by_id.clear();
        self.owed.clear();
    }
}
