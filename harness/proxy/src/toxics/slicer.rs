//! `slicer`: bytes pass in small pieces.
//!
//! Data is cut into pieces of `average_size` ± `size_variation` bytes, each handed to the kernel by itself, `delay`
//! apart. What the receiver reads in one go is for its kernel to say. Removed, what waits goes on at once, in order.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use crate::draw;
use crate::item::Item;
use crate::schedule::Schedule;
use crate::stage::Act;

pub(super) struct Slicer {
    average_size: usize,
    size_variation: usize,
    delay: Duration,
    rng: ChaCha8Rng,
    /// When the next piece may go.
    free_at: Option<Instant>,
}

impl Slicer {
    pub(super) fn new(average_size: usize, size_variation: usize, delay: Duration, rng: ChaCha8Rng) -> Self {
        Self { average_size, size_variation, delay, rng, free_at: None }
    }

    fn size(&mut self) -> usize {
        let spread = i64::try_from(self.size_variation).unwrap_or(i64::MAX);
        let offset = isize::try_from(draw::around_zero(&mut self.rng, spread)).unwrap_or(0);
        self.average_size.saturating_add_signed(offset).max(1)
    }
}

impl Act for Slicer {
    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        let Item::Data(mut bytes) = item else {
            return out.put(now, item);
        };
        while !bytes.is_empty() {
            let size = self.size();
            if size < bytes.len() {
                out.bite(|| format!("sliced data into pieces of about {} bytes", self.average_size));
            }
            let due = self.free_at.map_or(now, |free| free.max(now));
            self.free_at = Some(due + self.delay);
            out.put(due, Item::Data(bytes.split_to(size.min(bytes.len()))));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms, numbered};
    use crate::{Direction, ToxicKind};
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn small_pieces_apart_in_time_and_nothing_lost() {
        let bytes = numbered(1000);
        let bench = Bench::source(bytes.clone()).await;
        let slicer = ToxicKind::Slicer { average_size: 100, size_variation: 20, delay: ms(20) };
        bench.add("knife", slicer, Direction::Downstream).await;
        let mut client = bench.client().await;
        let start = Instant::now();
        let (mut got, mut piece, mut pieces) = (Vec::new(), [0; 1000], Vec::new());
        loop {
            let n = client.read(&mut piece).await.unwrap();
            if n == 0 {
                break;
            }
            pieces.push(n);
            got.extend_from_slice(&piece[..n]);
        }
        let took = start.elapsed();
        assert!(got == bytes);
        // 1000 bytes are at least 9 pieces of at most 120; a slow reader may see two of them in one.
        assert!(took >= ms(8 * 20 - 10) && took < ms(10_000), "{took:?}");
        assert!(pieces.len() >= 4, "{pieces:?}");
        assert_eq!(bench.bites("knife").len(), 1);
        bench.close().await;
    }
}
