//! Reaching the upstream, and finding out whether a proxy behind us did.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::Connection;
use crate::ending::Ending;
use crate::event::{ClosedBy, LinkEvent};
use crate::item::Item;
use crate::toxic::Direction;

/// How long the upstream may take to answer whether it is there.
const PROBE: Duration = Duration::from_secs(2);

impl Connection {
    /// Reaches the upstream, or the proxy before it, while still obeying.
    pub(super) async fn connect(&mut self) -> Result<TcpStream, Ending> {
        let upstream = TcpStream::connect(self.hub.behind.unwrap_or(self.hub.config.upstream));
        tokio::pin!(upstream);
        loop {
            tokio::select! {
                () = self.hub.closing.cancelled() => return Err(Ending::closed(ClosedBy::Link)),
                Some(command) = self.commands.recv() => {
                    if let Some(ending) = self.obey_early(command) {
                        return Err(ending);
                    }
                    self.tell_bites();
                    self.done.clear();
                }
                connected = &mut upstream => return connected.map_err(|error| {
                    self.witnesses.refused(Instant::now());
                    match self.witnesses.cut() {
                        Some(cut) => Ending::cut(cut),
                        None => self.failed(error.to_string()),
                    }
                }),
            }
        }
    }

    /// The proxy behind us took the connection and ended it before any byte came. It does so when it cannot reach the
    /// upstream, and does not say why; so the upstream itself is asked.
    pub(super) async fn unanswered(&mut self, end: Item) -> Ending {
        let probe = timeout(PROBE, TcpStream::connect(self.hub.config.upstream));
        let error = tokio::select! {
            () = self.hub.closing.cancelled() => return Ending::closed(ClosedBy::Link),
            probed = probe => match probed {
                Ok(Ok(_)) if matches!(end, Item::Reset) => return Ending::reset(Direction::Downstream),
                Ok(Ok(_)) => return Ending::closed(ClosedBy::Server),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {PROBE:?}"),
            },
        };
        self.failed(error)
    }

    fn failed(&self, error: String) -> Ending {
        self.hub.observe(LinkEvent::UpstreamFailed { conn: self.conn, error });
        Ending::unreachable()
    }
}
