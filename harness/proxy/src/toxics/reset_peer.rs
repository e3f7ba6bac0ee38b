//! `reset_peer`: the connection is reset.
//!
//! The first data (or closing) in its direction starts the clock and is thrown away, as is all that follows. After
//! `timeout` both sides get a real RST. An idle connection is left alone until something moves on it. Removed before
//! the first data it has done nothing; removed while its clock runs it resets at once, because bytes have been lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::item::{Cut, Item, Manner};
use crate::schedule::Schedule;
use crate::stage::Act;

pub(super) struct ResetPeer {
    name: Arc<str>,
    timeout: Duration,
    running: bool,
}

impl ResetPeer {
    pub(super) fn new(name: Arc<str>, timeout: Duration) -> Self {
        Self { name, timeout, running: false }
    }
}

impl Act for ResetPeer {
    fn take(&mut self, _item: Item, now: Instant, out: &mut Schedule) {
        if !self.running {
            self.running = true;
            let what = format!("reset the connection {:?} after its first bytes", self.timeout);
            let cut = Cut { toxic: self.name.clone(), manner: Manner::Reset, what };
            out.put(now + self.timeout, Item::Cut(cut));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms};
    use crate::{ClosedBy, Direction, ToxicKind};
    use std::io::ErrorKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_real_reset_on_an_existing_connection() {
        let bench = Bench::echo().await;
        let mut client = bench.client().await;
        bench.round_trip(&mut client, b"before").await;
        bench.add("rst", ToxicKind::ResetPeer { timeout: ms(200) }, Direction::Upstream).await;
        let start = Instant::now();
        client.write_all(b"more").await.unwrap();
        let error = client.read(&mut [0; 8]).await.unwrap_err();
        let took = start.elapsed();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(took >= ms(200) && took < ms(10_000), "{took:?}");
        assert_eq!(bench.closed(1).await, (ClosedBy::Toxic("rst".into()), 6, 6));
        assert_eq!(bench.bites("rst").len(), 1);
        assert_eq!(bench.server_errors(1).await, [ErrorKind::ConnectionReset]);
        bench.close().await;
    }

    #[tokio::test]
    async fn removed_before_its_first_bytes_it_has_done_nothing() {
        let bench = Bench::echo().await;
        let mut client = bench.client().await;
        bench.add("rst", ToxicKind::ResetPeer { timeout: ms(0) }, Direction::Upstream).await;
        bench.link.remove("rst").await.unwrap();
        bench.round_trip(&mut client, b"alive").await;
        assert!(bench.bites("rst").is_empty());
        bench.close().await;
    }
}
