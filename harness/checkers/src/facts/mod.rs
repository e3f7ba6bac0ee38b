//! Facts: a history as checkers read it. What they judge by, 64 bytes an event, every text once.
//!
//! An event that no checker judges by is not kept. Evidence names events by `seq`; whoever has the history tells them again in full.

mod callers;
mod columns;
mod did;
mod names;
mod read;

use pitfall_model::{Event, History, Judging, Tap, What};

use callers::Callers;
use columns::Columns;
pub use did::{Cells, Did, Fact};
pub use names::Name;
use names::Names;

/// Every event of a run that a checker may judge by, in the order of the file.
#[derive(Debug, Default)]
pub struct Facts {
    names: Names,
    columns: Columns,
    all: Vec<Fact>,
    cells: Vec<(Name, Option<Name>)>,
    callers: Callers,
    seen: u64,
    /// Why the run ended, if the last event says so.
    ended: Option<Name>,
    truncated: bool,
    /// What the history was read from, as its first event says.
    taps: Option<Vec<Tap>>,
}

impl Facts {
    /// Without events yet; of rows it will keep the columns that are named in `judging`, wherever that is. The default keeps all.
    pub fn judged_by(judging: &Judging) -> Self {
        Self { columns: Columns::named_in(judging), ..Self::default() }
    }

    /// These, then those of a history in memory.
    pub(crate) fn and(mut self, history: &History) -> Self {
        history.events.iter().for_each(|event| self.see(event));
        self.truncated |= history.truncated;
        self
    }

    /// Takes in the next event of the history.
    pub fn see(&mut self, event: &Event) {
        self.seen += 1;
        self.ended = None;
        if let What::Run { taps, .. } = &event.what {
            self.taps = Some(taps.clone());
        }
        let cells = &mut self.cells;
        if let Some(fact) = read::read(event, &mut self.names, &self.columns, cells, &mut self.callers) {
            if let Did::Ended { reason } = fact.did {
                self.ended = Some(reason);
            }
            self.all.push(fact);
        }
    }

    /// The history's last line was cut off (a killed run).
    pub fn cut_off(&mut self) {
        self.truncated = true;
    }

    /// The facts, in the order of the file.
    pub fn all(&self) -> &[Fact] {
        &self.all
    }

    /// When the fact was that has this `seq`; 0 where none has.
    pub(crate) fn at(&self, seq: u32) -> u64 {
        self.all.binary_search_by_key(&seq, |fact| fact.seq).map_or(0, |place| self.all[place].at)
    }

    /// How many events were taken in.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Why the run ended; none where the last event does not say so.
    pub(crate) fn ended(&self) -> Option<&str> {
        self.ended.map(|reason| self.text(reason))
    }

    /// The taps that the history was read from.
    pub(crate) fn taps(&self) -> &[Tap] {
        self.taps.as_deref().unwrap_or(Tap::ALL)
    }

    pub(crate) fn is_cut_off(&self) -> bool {
        self.truncated
    }

    /// What the name stands for.
    pub(crate) fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    /// The name of a text; none where no event has it.
    pub(crate) fn name(&self, text: &str) -> Option<Name> {
        self.names.find(text)
    }

    /// A column of a row; none where the row does not have it, or it is NULL.
    pub(crate) fn cell(&self, row: Cells, column: Name) -> Option<Name> {
        let (start, end) = (row.start as usize, row.start as usize + usize::from(row.columns));
        let row = self.cells.get(start..end)?;
        row.iter().find(|(name, _)| *name == column).and_then(|(_, value)| *value)
    }
}
