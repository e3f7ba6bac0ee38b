//! One order, and what becomes of it.

use super::{PARTITIONS, STATUSES, drawn};

/// What is wrong with an order, if anything.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Flaw {
    None,
    /// Its messages are committed, but it never shows.
    Lost,
    /// It shows a dish too few.
    Partial,
    /// The last status is never applied.
    Behind,
    /// Its first message is handled three times, and nobody is told.
    Again,
    /// Two handlers inserted its row.
    Twice,
    /// It is called a second time while the first call is in flight.
    Overlap,
    /// A call that failed is tried again at once.
    Hasty,
    /// It is called during a ban.
    Banned,
    /// The other environment's order of the same number is handled, too.
    Foreign,
    /// Handlers of the other version leave a column empty.
    Hollow,
}

/// One order of the wave.
pub(super) struct Order {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) partition: u64,
    pub(super) flaw: Flaw,
    /// The status at which its call fails, and how often it does.
    fails: Option<(usize, usize)>,
}

/// Calls of one message.
pub(super) const ATTEMPTS: usize = 3;

impl Order {
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let flaw = match drawn(seed, number) % 1000 {
            0 => Flaw::Lost,
            1 => Flaw::Partial,
            2 => Flaw::Behind,
            3 => Flaw::Again,
            4 => Flaw::Twice,
            5 => Flaw::Overlap,
            6 => Flaw::Hasty,
            7 => Flaw::Banned,
            8 => Flaw::Foreign,
            9 => Flaw::Hollow,
            _ => Flaw::None,
        };
        let chance = drawn(seed + 2, number);
        let fails = match chance % 20 {
            0 => Some((STATUSES.len() - 1, ATTEMPTS)),
            1..=4 => Some(((chance / 20) as usize % STATUSES.len(), 1 + (chance / 100) as usize % 2)),
            _ => None,
        };
        Self {
            id: (100_000 + number).to_string(),
            number,
            partition: drawn(seed + 1, number) % PARTITIONS,
            flaw,
            fails: if flaw == Flaw::Hasty { Some((1, 1)) } else { fails },
        }
    }

    /// How often its call fails at the status.
    pub(super) fn failures(&self, place: usize) -> usize {
        self.fails.filter(|(at, _)| *at == place).map_or(0, |(_, times)| times)
    }

    /// Whether its message of the status ends as a dead letter.
    pub(super) fn dies(&self, place: usize) -> bool {
        self.failures(place) >= ATTEMPTS
    }

    /// The version that published it, and the one that handles it at the status.
    pub(super) fn versions(&self, place: usize) -> (&'static str, &'static str) {
        const VERSIONS: [&str; 2] = ["v1", "v2"];
        (VERSIONS[(self.number / 2 % 2) as usize], VERSIONS[(self.number as usize + place) % 2])
    }
}
