//! Values that are drawn by seed and order: `{number:MIN-MAX}`, `{names:MIN-MAX}`.

use std::ops::RangeInclusive;

/// What a placeholder of an action draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// A number in the range.
    Number(RangeInclusive<usize>),
    /// A JSON list of so many names.
    Names(RangeInclusive<usize>),
}

impl Drawn {
    /// What the placeholder draws; `None` if it is no `number:MIN-MAX` or `names:MIN-MAX` with MIN up to MAX.
    pub fn parse(placeholder: &str) -> Option<Self> {
        let (kind, range) = placeholder.split_once(':')?;
        let (least, most) = range.split_once('-')?;
        let range = least.parse().ok()?..=most.parse().ok()?;
        match kind {
            _ if range.is_empty() => None,
            "number" => Some(Self::Number(range)),
            "names" => Some(Self::Names(range)),
            _ => None,
        }
    }
}
