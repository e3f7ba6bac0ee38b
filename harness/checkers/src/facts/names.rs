//! Names: each text of a history once.

use std::num::NonZeroU32;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

/// A text of the history: equal texts have equal names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(NonZeroU32);

impl Name {
    /// Names are numbered from 0, without gaps.
    pub(crate) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The texts of a history.
#[derive(Debug, Default)]
pub(super) struct Names(IndexSet<Box<str>, FixedState>);

impl Names {
    /// The text's name, from now on.
    pub(super) fn give(&mut self, text: &str) -> Name {
        let index = match self.0.get_index_of(text) {
            Some(index) => index,
            None => self.0.insert_full(text.into()).0,
        };
        name(index)
    }

    pub(super) fn find(&self, text: &str) -> Option<Name> {
        self.0.get_index_of(text).map(name)
    }

    pub(super) fn text(&self, name: Name) -> &str {
        self.0.get_index(name.index()).map_or("", |text| text)
    }
}

/// A history of more than four thousand million texts fills no machine's memory.
fn name(index: usize) -> Name {
    let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
    Name(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn equal_texts_have_one_name() {
        let mut names = Names::default();
        let (a, b, again) = (names.give("a"), names.give("b"), names.give("a"));
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert_eq!((names.text(a), names.text(b)), ("a", "b"));
        assert_eq!((names.find("b"), names.find("c")), (Some(b), None));
    }
}
