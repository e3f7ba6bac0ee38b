//! What becomes of the packets of each direction, once they have been read.

use bytes::Bytes;

use super::dialogue::{Dialogue, Phase, What};
use super::event::MysqlEvent;
use super::packets::Packet;
use super::passage::{Fate, Listener};
use crate::wire::Wire;

/// Reads the client's packets.
pub(super) struct Requests<'a> {
    pub(super) dialogue: &'a mut Dialogue,
    /// Whether statements are held.
    pub(super) holds: bool,
}

impl Listener for Requests<'_> {
    fn begins(&self) -> bool {
        self.dialogue.phase == Phase::Asking && (self.holds || self.dialogue.statements.owes())
    }

    fn reads(&mut self, packet: Packet<'_>) -> Result<Fate, String> {
        let is_owed = self.dialogue.phase == Phase::Asking
            && packet.sequence == 0
            && self.dialogue.statements.owes_to(packet.head);
        let told = self.dialogue.told.len();
        self.dialogue.request(packet)?;
        let held = match self.dialogue.told.get(told..) {
            Some([Wire::Mysql(MysqlEvent::Statement { .. })]) if self.holds => self.dialogue.told.pop(),
            _ => None,
        };
        Ok(match held {
            Some(about) => Fate::Held(about),
            None if is_owed => Fate::Rewritten,
            None => Fate::Passes,
        })
    }

    fn rewrites(&mut self, bytes: Bytes) -> Bytes {
        self.dialogue.statements.completed(bytes)
    }

    fn unheld(&mut self, about: Wire) {
        self.dialogue.told.push(about);
    }
}

/// Reads the server's packets.
pub(super) struct Answers<'a> {
    pub(super) dialogue: &'a mut Dialogue,
    /// What the server's greeting offers.
    pub(super) offered: u32,
    /// Whether what ends the answer to a statement is held.
    pub(super) holds: bool,
}

impl Listener for Answers<'_> {
    fn begins(&self) -> bool {
        let asked = self.dialogue.asked.front().map(|asked| &asked.what);
        self.dialogue.phase == Phase::Asking
            && match asked {
                Some(What::Own { .. }) => true,
                Some(What::Results { statement: Some(_), .. }) => self.holds,
                _ => false,
            }
    }

    fn reads(&mut self, packet: Packet<'_>) -> Result<Fate, String> {
        let is_own = self.dialogue.awaits_own();
        let told = self.dialogue.told.len();
        self.dialogue.answer(packet, self.offered)?;
        if is_own {
            return Ok(Fate::Dropped);
        }
        let held = match self.dialogue.told.get(told..) {
            Some([Wire::Mysql(MysqlEvent::Answer { .. })]) if self.holds => self.dialogue.told.pop(),
            _ => None,
        };
        Ok(held.map_or(Fate::Passes, Fate::Held))
    }

    fn ended(&mut self) -> Vec<Bytes> {
        self.dialogue.said()
    }

    fn unheld(&mut self, about: Wire) {
        self.dialogue.told.push(about);
    }
}
