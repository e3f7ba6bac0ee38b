//! The text of a file, as it was written and as it is parsed, and how places in one lead back to the other.

use std::ops::Range;

/// A file's text. Parts of it may have been replaced before it is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    written: String,
    parsed: String,
    /// In their order.
    replaced: Vec<Replaced>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Replaced {
    written: Range<usize>,
    parsed: Range<usize>,
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        let written = text.into();
        Self { parsed: written.clone(), written, replaced: Vec::new() }
    }
}

impl Text {
    /// What is parsed; places are places in it.
    pub fn parsed(&self) -> &str {
        &self.parsed
    }

    /// What the file holds.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether anything was replaced.
    pub fn is_replaced(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Replaces what was written at `place`, behind all that was replaced before.
    pub(crate) fn replace(&mut self, place: Range<usize>, by: &str) {
        let behind = self.parsed.len() - (self.written.len() - place.end);
        let start = behind - (place.end - place.start);
        self.parsed.replace_range(start..behind, by);
        self.replaced.push(Replaced { written: place, parsed: start..start + by.len() });
    }

    /// Where what was parsed at `place` was written. What was replaced is one place.
    pub(crate) fn written_at(&self, place: &Range<usize>) -> Range<usize> {
        let first = self.replaced.iter().rfind(|replaced| replaced.parsed.start <= place.start);
        let last = self.replaced.iter().rfind(|replaced| replaced.parsed.start < place.end);
        let start = match first {
            Some(first) if place.start < first.parsed.end => first.written.start,
            first => behind(first, place.start),
        };
        let end = match last {
            Some(last) if place.end < last.parsed.end => last.written.end,
            last => behind(last, place.end),
        };
        start..end
    }
}

/// Where what was parsed at `at`, behind all that `replaced` replaced, was written.
fn behind(replaced: Option<&Replaced>, at: usize) -> usize {
    replaced.map_or(at, |replaced| at - replaced.parsed.end + replaced.written.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_what_was_written() {
        let mut text = Text::from("a {one} b {2} c");
        text.replace(2..7, "1");
        text.replace(10..13, "later");
        assert_eq!(text.parsed(), "a 1 b later c");
        let back = |parsed: &str| {
            let at = text.parsed().find(parsed).unwrap_or_default();
            &text.written()[text.written_at(&(at..at + parsed.len()))]
        };
        for (parsed, written) in [
            ("a", "a"),
            ("1", "{one}"),
            ("1 b", "{one} b"),
            (" b ", " b "),
            ("b lat", "b {2}"),
            ("ate", "{2}"),
            ("ter c", "{2} c"),
            ("c", "c"),
            (text.parsed(), text.written()),
        ] {
            assert_eq!(back(parsed), written);
        }
        assert_eq!(text.written_at(&(13..13)), 15..15);
    }
}
