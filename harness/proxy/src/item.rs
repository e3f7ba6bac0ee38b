//! What travels in one direction of a connection.

use std::sync::Arc;

use bytes::Bytes;

/// What travels in one direction of a connection.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// Bytes, in order.
    Data(Bytes),
    /// The sender has finished: to be mirrored as a half-close.
    End,
    /// The sender has reset: to be mirrored as a reset.
    Reset,
    /// A toxic ends the whole connection.
    Cut(Cut),
    /// The link itself does: what comes is not understood.
    Blind,
}

/// How and by whom a connection is cut.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) toxic: Arc<str>,
    pub(crate) manner: Manner,
    pub(crate) what: String,
}

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Closed when everything before it in its direction is with the receiver.
    Flush,
    /// Closed at once.
    Now,
    /// Reset at once.
    Reset,
}

/// What an item counts for besides its bytes, so that a flood of single bytes is bounded too.
const OVERHEAD: usize = 64;

impl Item {
    /// What it counts for in a bounded queue.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Data(bytes) => bytes.len() + OVERHEAD,
            _ => OVERHEAD,
        }
    }

    /// Whether it ends the connection at once, even one whose receiver has stopped reading.
    pub(crate) fn is_urgent(&self) -> bool {
        match self {
            Self::Reset | Self::Blind => true,
            Self::Cut(cut) => cut.manner != Manner::Flush,
            Self::Data(_) | Self::End => false,
        }
    }
}
