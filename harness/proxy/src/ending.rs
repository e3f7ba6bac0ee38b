//! How a connection ends, and what its two sockets see of it.

use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::event::ClosedBy;
use crate::item::{Cut, Manner};
use crate::toxic::Direction;

/// How one direction ends its whole connection.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The source has reset.
    Reset,
    /// A toxic cuts.
    Cut(Cut),
    /// The reader went blind and nothing may pass unread.
    Blind,
}

/// How a connection ends, and which of its sockets are reset rather than closed.
pub(crate) struct Ending {
    pub(crate) by: ClosedBy,
    /// What the toxic did that ended it.
    pub(crate) bite: Option<(Arc<str>, String)>,
    pub(crate) reset_client: bool,
    pub(crate) reset_server: bool,
}

impl Ending {
    /// Both sides are closed in order.
    pub(crate) fn closed(by: ClosedBy) -> Self {
        Self { by, bite: None, reset_client: false, reset_server: false }
    }

    /// The upstream could not be reached. A refusal is no longer possible; a reset comes nearest.
    pub(crate) fn unreachable() -> Self {
        Self { reset_client: true, ..Self::closed(ClosedBy::Server) }
    }

    /// The source of one direction has reset: the other side sees a reset too.
    pub(crate) fn reset(direction: Direction) -> Self {
        match direction {
            Direction::Upstream => Self { reset_server: true, ..Self::closed(ClosedBy::Client) },
            Direction::Downstream => Self { reset_client: true, ..Self::closed(ClosedBy::Server) },
        }
    }

    /// A toxic has ended it.
    pub(crate) fn cut(Cut { toxic, manner, what }: Cut) -> Self {
        let reset = manner == Manner::Reset;
        let by = ClosedBy::Toxic(toxic.to_string());
        Self { by, bite: Some((toxic, what)), reset_client: reset, reset_server: reset }
    }

    /// What the exit of one direction means for the connection.
    pub(crate) fn of(exit: Exit, direction: Direction) -> Self {
        match exit {
            Exit::Reset => Self::reset(direction),
            Exit::Cut(cut) => Self::cut(cut),
            Exit::Blind => Self { reset_client: true, reset_server: true, ..Self::closed(ClosedBy::Link) },
        }
    }
}

/// Closes a socket: in order, or with a real RST.
pub(crate) fn close(socket: TcpStream, reset: bool) {
    if reset {
        // An error says that the peer has gone already.
        let _ = SockRef::from(&socket).set_linger(Some(std::time::Duration::ZERO));
    }
    drop(socket);
}
