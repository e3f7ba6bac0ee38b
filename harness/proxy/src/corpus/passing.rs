//! A connection passes a reader, as a lane lets it.

use bytes::Bytes;

use super::Said;
use crate::fault::Change;
use crate::reader::{Held, Reader};
use crate::toxic::Direction::{self, Downstream, Upstream};

/// What came out of a reader.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Passed {
    pub(super) up: Vec<u8>,
    pub(super) down: Vec<u8>,
    /// What was told, by its kind.
    pub(super) told: Vec<&'static str>,
    pub(super) blind: Option<String>,
    pub(super) held: usize,
}

/// Lets all pass, in pieces of these sizes in turn; what is held is changed so.
pub(super) fn pass(
    reader: &mut dyn Reader,
    said: &Said,
    sizes: &[usize],
    mut change: impl FnMut() -> Option<Change>,
) -> Passed {
    let mut passed = Passed::default();
    let mut sizes = sizes.iter().cycle();
    for (direction, piece) in said {
        let mut rest = Bytes::copy_from_slice(piece);
        while !rest.is_empty() {
            let size = sizes.next().map_or(usize::MAX, |size| *size);
            let bytes = rest.split_to(size.min(rest.len()));
            passed.read(reader, *direction, bytes, &mut change);
        }
    }
    for direction in [Upstream, Downstream] {
        let mut out = Vec::new();
        reader.ended(direction, &mut out);
        passed.went(reader, direction, out);
    }
    passed
}

impl Passed {
    fn read(
        &mut self,
        reader: &mut dyn Reader,
        direction: Direction,
        mut bytes: Bytes,
        change: &mut impl FnMut() -> Option<Change>,
    ) {
        let mut out = Vec::new();
        while let Some(held) = reader.read(direction, &mut bytes, &mut out) {
            self.went(reader, direction, std::mem::take(&mut out));
            let Held { about, .. } = &held;
            self.told.extend(about.iter().map(|what| what.kind()));
            self.held += 1;
            let mut out = Vec::new();
            // An error says that it went on as it was.
            let _ = reader.release(direction, held, change().as_ref(), &mut out);
            self.went(reader, direction, out);
        }
        assert!(bytes.is_empty(), "something was left over");
        self.went(reader, direction, out);
    }

    fn went(&mut self, reader: &mut dyn Reader, direction: Direction, out: Vec<Bytes>) {
        let lane = if direction == Upstream { &mut self.up } else { &mut self.down };
        lane.extend(out.concat());
        self.told.extend(reader.told().iter().map(|what| what.kind()));
        if let Some(reason) = reader.blind() {
            assert_eq!(self.blind.replace(reason), None, "it went blind twice");
        }
        self.down.extend(reader.answers().concat());
    }
}
