//! What is left of a message when its head is through (RFC 9112, section 6.3).

use super::chunks::Chunks;

#[derive(Debug, Default)]
pub(super) enum Body {
    /// Nothing: the next message begins.
    #[default]
    Done,
    /// So many bytes, at least one.
    Length(u64),
    Chunked(Chunks),
    /// All until the connection ends.
    UntilClose,
}

impl Body {
    pub(super) fn of_length(length: u64) -> Self {
        if length == 0 { Self::Done } else { Self::Length(length) }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(self, Self::UntilClose)
    }

    /// How many of these bytes belong to it; they have then passed.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, String> {
        match self {
            Self::Done => Ok(0),
            Self::UntilClose => Ok(bytes.len()),
            Self::Length(left) => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *self = Self::of_length(*left - n as u64);
                Ok(n)
            }
            Self::Chunked(chunks) => {
                let (n, over) = chunks.take(bytes)?;
                if over {
                    *self = Self::Done;
                }
                Ok(n)
            }
        }
    }
}
