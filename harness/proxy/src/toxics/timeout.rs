//! `timeout`: bytes are thrown away, and the connection is closed after a time.
//!
//! From the moment it acts on a connection no data passes in its direction. After `timeout` the connection is closed; a
//! `timeout` of zero never does so. Bytes have been lost, so the connection cannot heal: removing the toxic closes it.
//! A closing by the sender passes at once.
//!
//! Toxiproxy starts its clock anew with each piece of data, so a chatty connection outlives it; here the clock starts
//! once, as its documentation says.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::item::{Cut, Item, Manner};
use crate::schedule::Schedule;
use crate::stage::Act;

pub(super) struct Timeout {
    name: Arc<str>,
    timeout: Duration,
}

impl Timeout {
    pub(super) fn new(name: Arc<str>, timeout: Duration) -> Self {
        Self { name, timeout }
    }

    fn cut(&self, what: String) -> Item {
        Item::Cut(Cut { toxic: self.name.clone(), manner: Manner::Now, what })
    }
}

impl Act for Timeout {
    fn start(&mut self, now: Instant, out: &mut Schedule) {
        if !self.timeout.is_zero() {
            out.put(now + self.timeout, self.cut(format!("closed the connection after {:?}", self.timeout)));
        }
    }

    fn take(&mut self, item: Item, now: Instant, out: &mut Schedule) {
        if matches!(item, Item::Data(_)) {
            return out.bite(|| "threw data away".to_owned());
        }
        out.clear();
        out.put(now, item);
    }

    fn heal(&mut self, now: Instant, out: &mut Schedule) {
        out.clear();
        out.put(now, self.cut("closed the connection on removal".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms};
    use crate::{ClosedBy, Direction, ToxicKind};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    #[tokio::test]
    async fn no_data_and_closed_after_the_time_however_chatty() {
        let bench = Bench::echo().await;
        let mut client = bench.client().await;
        bench.round_trip(&mut client, b"before").await;
        let start = Instant::now();
        bench.add("dead", ToxicKind::Timeout { timeout: ms(300) }, Direction::Upstream).await;
        let (mut read, mut write) = client.split();
        let chatter = async {
            while write.write_all(b"anyone?").await.is_ok() {
                tokio::time::sleep(ms(20)).await;
            }
        };
        let mut got = Vec::new();
        tokio::select! {
            _ = read.read_to_end(&mut got) => {}
            () = chatter => {}
        }
        let took = start.elapsed();
        assert!(got.is_empty());
        assert!(took >= ms(300) && took < ms(10_000), "{took:?}");
        let (by, up, _) = bench.closed(1).await;
        assert_eq!((by, up), (ClosedBy::Toxic("dead".into()), 6));
        assert_eq!(bench.bites("dead").len(), 2, "{:?}", bench.bites("dead"));
        bench.close().await;
    }

    #[tokio::test]
    async fn zero_stays_open_until_removed() {
        let bench = Bench::echo().await;
        bench.add("hole", ToxicKind::Timeout { timeout: ms(0) }, Direction::Downstream).await;
        let mut client = bench.client().await;
        client.write_all(b"hello").await.unwrap();
        bench.received(5, ms(5000)).await.unwrap();
        let mut got = [0; 5];
        timeout(ms(300), client.read(&mut got)).await.unwrap_err();
        bench.link.remove("hole").await.unwrap();
        assert_eq!(timeout(ms(5000), client.read(&mut got)).await.unwrap().unwrap(), 0);
        assert_eq!(bench.closed(1).await.0, ClosedBy::Toxic("hole".into()));
        bench.close().await;
    }
}
