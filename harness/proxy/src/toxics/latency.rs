//! `latency`: everything arrives later.
//!
//! Each piece of data goes on `latency` ± `jitter` after it came (never before it came), in its order: under jitter a
//! piece waits for the one before it. It delays and does not serialise: while one piece waits, more come in, so a
//! stream keeps its bandwidth and ends `latency` later. Up to 16 MiB wait in each direction of a connection; from
//! there the sender is made to wait, so a stream passes at no more than 16 MiB in each `latency`. A closing never
//! overtakes data and is not delayed itself. Removed, everything that waits goes on at once, in order.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use crate::draw;
use crate::item::Item;
use crate::schedule::Schedule;
use crate::stage::Act;

const CAPACITY: usize = 16 * 1024 * 1024;

pub(super) struct Latency {
    latency: Duration,
    jitter: Duration,
    rng: ChaCha8Rng,
}

impl Latency {
    pub(super) fn new(latency: Duration, jitter: Duration, rng: ChaCha8Rng) -> Self {
        Self { latency, jitter, rng }
    }

    fn delay(&mut self) -> Duration {
        let spread = i64::try_from(self.jitter.as_nanos()).unwrap_or(i64::MAX);
        let offset = draw::around_zero(&mut self.rng, spread);
        let by = Duration::from_nanos(offset.unsigned_abs());
        if offset < 0 { self.latency.saturating_sub(by) } else { self.latency.saturating_add(by) }
    }
}

impl Act for Latency {
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        if !matches!(item, Item::Data(_)) {
            return out.put(now, item);
        }
        let delay = self.delay();
        if !delay.is_zero() {
            out.bite(|| format!("delayed data by {delay:?}"));
        }
        out.put(now + delay, item);
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms, numbered};
    use crate::{Direction, ToxicKind};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn latency(latency: u64, jitter: u64) -> ToxicKind {
        ToxicKind::Latency { latency: ms(latency), jitter: ms(jitter) }
    }

    #[tokio::test]
    async fn delays_each_direction_it_is_on() {
        let bench = Bench::echo().await;
        bench.add("slow", latency(100, 0), Direction::Downstream).await;
        let mut client = bench.client().await;
        let one = bench.round_trip(&mut client, b"ping").await;
        assert!(one >= ms(100) && one < ms(10_000), "{one:?}");
        bench.add("slow too", latency(150, 0), Direction::Upstream).await;
        let both = bench.round_trip(&mut client, b"ping").await;
        assert!(both >= ms(250) && both < ms(10_000), "{both:?}");
        assert_eq!(bench.bites("slow").len(), 1);
        bench.close().await;
    }

    #[tokio::test]
    async fn two_in_one_direction_add_up() {
        let bench = Bench::echo().await;
        bench.add("a", latency(80, 0), Direction::Upstream).await;
        bench.add("b", latency(120, 0), Direction::Upstream).await;
        let mut client = bench.client().await;
        let took = bench.round_trip(&mut client, b"ping").await;
        assert!(took >= ms(200) && took < ms(10_000), "{took:?}");
        bench.close().await;
    }

    #[tokio::test]
    async fn keeps_bandwidth() {
        let bytes = numbered(10_000_000);
        let bench = Bench::source(bytes.clone()).await;
        bench.add("slow", latency(300, 0), Direction::Downstream).await;
        let mut client = bench.client().await;
        let start = Instant::now();
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        let took = start.elapsed();
        assert!(got == bytes, "{} bytes", got.len());
        // 10 MB come in pieces of at most 64 KiB, more than 150 of them: one after the other would take 45 s.
        assert!(took >= ms(300) && took < ms(20_000), "{took:?}");
        bench.close().await;
    }

    #[tokio::test]
    async fn keeps_order_under_jitter_and_flushes_when_removed() {
        let bench = Bench::echo().await;
        bench.add("wild", latency(50, 50), Direction::Upstream).await;
        let mut client = bench.client().await;
        let sent = numbered(200_000);
        let (mut read, mut write) = client.split();
        let mut got = vec![0; sent.len()];
        let (reading, ()) = tokio::join!(read.read_exact(&mut got), async {
            for piece in sent.chunks(997) {
                write.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        reading.unwrap();
        assert!(got == sent);

        bench.add("stuck", latency(60_000, 0), Direction::Upstream).await;
        client.write_all(&sent).await.unwrap();
        bench.received(2 * sent.len() as u64 - 1, ms(200)).await.unwrap_err();
        bench.link.remove("stuck").await.unwrap();
        client.write_all(b"after").await.unwrap();
        let mut got = vec![0; sent.len() + 5];
        client.read_exact(&mut got).await.unwrap();
        assert!(got[..sent.len()] == sent && &got[sent.len()..] == b"after");
        bench.close().await;
    }
}
