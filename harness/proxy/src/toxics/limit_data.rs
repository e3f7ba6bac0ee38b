//! `limit_data`: the connection is closed after a number of bytes.
//!
//! The first `bytes` bytes in its direction, counted from when it began to act on the connection, pass; with the last
//! of them (or, for 0, at the first data) the connection is closed. Removed before that, it has done nothing.

use std::sync::Arc;

use tokio::time::Instant;

use crate::item::{Cut, Item, Manner};
use crate::schedule::Schedule;
use crate::stage::Act;

pub(super) struct LimitData {
    name: Arc<str>,
    bytes: u64,
    left: u64,
    reached: bool,
}

impl LimitData {
    pub(super) fn new(name: Arc<str>, bytes: u64) -> Self {
        Self { name, bytes, left: bytes, reached: false }
    }
}

impl Act for LimitData {
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        if self.reached {
            return;
        }
        let Item::Data(mut bytes) = item else {
            return out.put(now, item);
        };
        bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= bytes.len() as u64;
        if !bytes.is_empty() {
            out.put(now, Item::Data(bytes));
        }
        if self.left == 0 {
            self.reached = true;
            let what = format!("closed the connection after {} bytes", self.bytes);
            out.put(now, Item::Cut(Cut { toxic: self.name.clone(), manner: Manner::Flush, what }));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::testing::{Bench, numbered};
    use crate::{ClosedBy, Direction, ToxicKind};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn so_many_bytes_and_no_more() {
        let bench = Bench::source(numbered(100_000)).await;
        bench.add("quota", ToxicKind::LimitData { bytes: 70_001 }, Direction::Downstream).await;
        let mut client = bench.client().await;
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert!(got == numbered(70_001), "{}", got.len());
        assert_eq!(bench.closed(1).await, (ClosedBy::Toxic("quota".into()), 0, 70_001));
        assert_eq!(bench.bites("quota"), ["closed the connection after 70001 bytes"]);
        bench.close().await;
    }

    #[tokio::test]
    async fn below_the_limit_nothing_happens_and_removed_all_passes() {
        let bench = Bench::echo().await;
        let mut client = bench.client().await;
        bench.add("quota", ToxicKind::LimitData { bytes: 10 }, Direction::Upstream).await;
        bench.round_trip(&mut client, b"123456789").await;
        bench.link.remove("quota").await.unwrap();
        bench.round_trip(&mut client, b"1234567890").await;
        bench.add("none", ToxicKind::LimitData { bytes: 0 }, Direction::Upstream).await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
        assert_eq!(bench.closed(1).await, (ClosedBy::Toxic("none".into()), 19, 19));
        bench.close().await;
    }
}
