//! `slow_close`: a closing passes later.
//!
//! Data passes untouched. The end of the stream, or a reset, goes on `delay` after it came. Removed, a closing that
//! waits goes on at once.

use std::time::Duration;

use tokio::time::Instant;

use crate::item::Item;
use crate::schedule::Schedule;
use crate::stage::Act;

pub(super) struct SlowClose {
    delay: Duration,
}

impl SlowClose {
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay }
    }
}

impl Act for SlowClose {
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        if matches!(item, Item::Data(_)) {
            return out.put(now, item);
        }
        out.bite(|| format!("held the closing for {:?}", self.delay));
        out.put(now + self.delay, item);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms};
    use crate::{Direction, ToxicKind};
    use tokio::io::AsyncReadExt;
    use tokio::time::timeout;

    fn slow_close(delay: u64) -> ToxicKind {
        ToxicKind::SlowClose { delay: ms(delay) }
    }

    #[tokio::test]
    async fn data_at_once_and_the_closing_later() {
        let bench = Bench::source(b"bye".to_vec()).await;
        bench.add("linger", slow_close(400), Direction::Downstream).await;
        let mut client = bench.client().await;
        let start = Instant::now();
        let mut got = [0; 3];
        client.read_exact(&mut got).await.unwrap();
        assert_eq!(client.read(&mut got).await.unwrap(), 0);
        let took = start.elapsed();
        assert!(took >= ms(350) && took < ms(10_000), "{took:?}");
        assert_eq!(bench.bites("linger").len(), 1);
        bench.close().await;
    }

    #[tokio::test]
    async fn removed_it_lets_go() {
        let bench = Bench::source(b"bye".to_vec()).await;
        bench.add("linger", slow_close(60_000), Direction::Downstream).await;
        let mut client = bench.client().await;
        let mut got = [0; 3];
        client.read_exact(&mut got).await.unwrap();
        timeout(ms(200), client.read(&mut got)).await.unwrap_err();
        bench.link.remove("linger").await.unwrap();
        assert_eq!(timeout(ms(5000), client.read(&mut got)).await.unwrap().unwrap(), 0);
        bench.close().await;
    }
}
