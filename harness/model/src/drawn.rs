//! Values that are drawn by seed and order: `{number:MIN-MAX}`, `{tailed:MIN-MAX}`, `{names:MIN-MAX}`,
//! `{text:MIN-MAX}`.

use std::ops::RangeInclusive;

/// What a placeholder of an action draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// A number in the range.
    Number(RangeInclusive<usize>),
    /// A number in the range, the nth of it n√n times as rarely as the first: a few are drawn very often, most hardly ever.
    Tailed(RangeInclusive<usize>),
    /// A JSON list of so many names.
    Names(RangeInclusive<usize>),
    /// A JSON text of so many letters.
    Text(RangeInclusive<usize>),
}

impl Drawn {
    /// What the placeholder draws; `None` if it is none of these with MIN up to MAX.
    pub fn parse(placeholder: &str) -> Option<Self> {
        let (kind, range) = placeholder.split_once(':')?;
        let (least, most) = range.split_once('-')?;
        let range = least.parse().ok()?..=most.parse().ok()?;
        match kind {
            _ if range.is_empty() => None,
            "number" => Some(Self::Number(range)),
            "tailed" => Some(Self::Tailed(range)),
            "names" => Some(Self::Names(range)),
            "text" => Some(Self::Text(range)),
            _ => None,
        }
    }
}
