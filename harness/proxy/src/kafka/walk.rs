//! Walks over a message as it passes, one element after the other: no more than one is ever held.

use super::fields::{Fields, Malformed};

/// What is taken in at once when the present element is not complete.
const STEP: usize = 256;
/// No element is longer: a name of 32 KiB, or a structure's tagged fields.
const MAX_ELEMENT: usize = 64 * 1024;

/// What follows an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Element,
    /// So many bytes of no interest, then an element.
    Skip(usize),
    /// So many bytes that are wanted as they are, then an element.
    Take(usize),
    /// Nothing.
    End,
}

/// A message, element by element.
pub(super) trait Elements {
    /// Reads one element; [`Malformed::Short`] if it is not there as a whole, and then nothing may have changed.
    fn element(&mut self, fields: &mut Fields<'_>) -> Result<Next, Malformed>;

    /// Some of the bytes that were wanted as they are.
    fn take(&mut self, _: &[u8]) {}
}

/// A position in a message that comes in pieces.
pub(super) struct Walk {
    flexible: bool,
    next: Next,
    /// The present element, as far as it has come.
    held: Vec<u8>,
}

impl Walk {
    pub(super) fn new(flexible: bool) -> Self {
        Self { flexible, next: Next::Element, held: Vec::new() }
    }

    /// Walks on over these bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8], elements: &mut impl Elements) -> Result<(), Malformed> {
        loop {
            match &mut self.next {
                Next::End if bytes.is_empty() => return Ok(()),
                Next::End => return Err(Malformed::Long),
                Next::Skip(0) | Next::Take(0) => self.next = Next::Element,
                Next::Skip(_) | Next::Take(_) if bytes.is_empty() => return Ok(()),
                Next::Skip(left) => *left -= take(&mut bytes, *left).len(),
                Next::Take(left) => {
                    let now = take(&mut bytes, *left);
                    *left -= now.len();
                    elements.take(now);
                }
                Next::Element => match self.element(&mut bytes, elements)? {
                    Some(next) => self.next = next,
                    None => return Ok(()),
                },
            }
        }
    }

    /// Whether it has come to the end.
    pub(super) fn is_over(&self) -> bool {
        self.next == Next::End
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held.capacity()
    }

    /// Reads one element, or takes in what there is of it.
    fn element(
        &mut self,
        bytes: &mut &[u8],
        elements: &mut impl Elements,
    ) -> Result<Option<Next>, Malformed> {
        if self.held.is_empty() {
            let mut fields = Fields::new(bytes, self.flexible);
            match elements.element(&mut fields) {
                Ok(next) => {
                    *bytes = fields.rest();
                    return Ok(Some(next));
                }
                Err(Malformed::Short) => {}
                Err(error) => return Err(error),
            }
        }
        while !bytes.is_empty() {
            if self.held.len() > MAX_ELEMENT {
                return Err(Malformed::TooMuch);
            }
            let before = *bytes;
            let now = take(bytes, STEP);
            self.held.extend_from_slice(now);
            let mut fields = Fields::new(&self.held, self.flexible);
            match elements.element(&mut fields) {
                Ok(next) => {
                    // What is left over came just now: before, the element was not complete.
                    *bytes = &before[now.len() - fields.rest().len()..];
                    self.held.clear();
                    return Ok(Some(next));
                }
                Err(Malformed::Short) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Up to `n` bytes from the front.
fn take<'a>(bytes: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(n.min(bytes.len()));
    *bytes = rest;
    taken
}
