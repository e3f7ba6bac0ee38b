//! `bandwidth`: bytes pass at a limited rate.
//!
//! `rate_kb_s` kilobytes of 1000 bytes pass in a second, in pieces of at most 20 ms' worth. An idle time earns nothing
//! for later. A rate of 0 lets nothing pass until the toxic is removed. Little waits here (20 ms' worth, at least
//! 64 KiB, at most 4 MiB), then the sender is made to wait. A closing follows the data. Removed, everything that waits
//! goes on at once, in order.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::item::Item;
use crate::schedule::Schedule;
use crate::stage::Act;

/// Far enough that nothing passes, near enough for the clock.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

const MIN_CAPACITY: usize = 64 * 1024;
const MAX_CAPACITY: usize = 4 * 1024 * 1024;

pub(super) struct Bandwidth {
    /// Bytes a millisecond, which is kilobytes a second.
    rate: u64,
    /// When the bytes before have passed.
    free_at: Option<Instant>,
}

impl Bandwidth {
    pub(super) fn new(rate_kb_s: u64) -> Self {
        Self { rate: rate_kb_s, free_at: None }
    }

    fn cost(&self, bytes: usize) -> Duration {
        let nanos = (bytes as u128 * 1_000_000).checked_div(u128::from(self.rate));
        nanos.map_or(NEVER, |nanos| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// How many bytes pass in 20 ms; where none do, there is no point in small pieces.
    fn in_20_ms(&self) -> usize {
        match self.rate {
            0 => MIN_CAPACITY,
            rate => usize::try_from(rate.saturating_mul(20)).unwrap_or(usize::MAX),
        }
    }

    fn pass(&mut self, bytes: Bytes, now: Instant, out: &mut Schedule) {
        let begin = self.free_at.map_or(now, |free| free.max(now));
        let due = if self.rate == 0 { now + NEVER } else { begin + self.cost(bytes.len()) };
        self.free_at = Some(due);
        out.put(due, Item::Data(bytes));
    }
}

impl Act for Bandwidth {
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        let Item::Data(mut bytes) = item else {
            return out.put(now, item);
        };
        out.bite(|| format!("held data to {} kB/s", self.rate));
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(self.in_20_ms()));
            self.pass(piece, now, out);
        }
    }

    fn capacity(&self) -> usize {
        self.in_20_ms().clamp(MIN_CAPACITY, MAX_CAPACITY)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms, numbered};
    use crate::{Direction, ToxicKind};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_rate_takes_its_time() {
        let bytes = numbered(500_000);
        let bench = Bench::source(bytes.clone()).await;
        bench.add("thin", ToxicKind::Bandwidth { rate_kb_s: 1000 }, Direction::Downstream).await;
        let mut client = bench.client().await;
        let start = Instant::now();
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        let took = start.elapsed();
        assert!(got == bytes);
        assert!(took >= ms(490) && took < ms(10_000), "{took:?}");
        assert_eq!(bench.bites("thin").len(), 1);
        bench.close().await;
    }

    #[tokio::test]
    async fn a_high_rate_is_reached() {
        let bytes = numbered(20_000_000);
        let bench = Bench::source(bytes.clone()).await;
        bench.add("wide", ToxicKind::Bandwidth { rate_kb_s: 100_000 }, Direction::Downstream).await;
        let mut client = bench.client().await;
        let start = Instant::now();
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        let took = start.elapsed();
        assert!(got == bytes);
        assert!(took >= ms(195) && took < ms(10_000), "{took:?}");
        bench.close().await;
    }

    #[tokio::test]
    async fn zero_stops_everything_until_removed() {
        let bench = Bench::echo().await;
        bench.add("nothing", ToxicKind::Bandwidth { rate_kb_s: 0 }, Direction::Upstream).await;
        let mut client = bench.client().await;
        client.write_all(b"hello").await.unwrap();
        bench.received(1, ms(200)).await.unwrap_err();
        bench.link.remove("nothing").await.unwrap();
        let mut got = [0; 5];
        client.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"hello");
        bench.close().await;
    }
}
