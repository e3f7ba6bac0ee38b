use std::time::Instant;

use pitfall_proxy::{Direction, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::backend::Backend;
use crate::bench::{Bench, LIMIT, ms, rest, round_trip};

const BOTH: [Direction; 2] = [Direction::Upstream, Direction::Downstream];

fn timeout(timeout: u64) -> ToxicKind {
    ToxicKind::Timeout { timeout: ms(timeout) }
}

pub(crate) async fn closes_a_quiet_connection(backend: Backend) {
    for direction in BOTH {
        let bench = Bench::echo(backend).await;
        let mut old = bench.client().await;
        round_trip(&mut old, b"before").await;
        let start = Instant::now();
        bench.add("dead", timeout(300), direction).await;
        let new_start = Instant::now();
        let mut new = bench.client().await;
        old.write_all(b"anyone?").await.unwrap();
        let (old_got, new_got) = tokio::join!(rest(&mut old), rest(&mut new));
        assert!(old_got.is_empty() && new_got.is_empty());
        let (took, new_took) = (start.elapsed(), new_start.elapsed());
        assert!(took >= ms(300) && new_took >= ms(300) && took < ms(10_000), "{took:?}, {new_took:?}");
        bench.closed_by_toxic(1, "dead").await;
        bench.closed_by_toxic(2, "dead").await;
        let bites = bench.bites("dead");
        assert_eq!(bites.iter().filter(|what| what.starts_with("closed")).count(), 2, "{bites:?}");
        bench.close().await;
    }
}

pub(crate) async fn closes_a_chatty_connection(backend: Backend) {
    for direction in BOTH {
        let bench = Bench::echo(backend).await;
        let mut client = bench.client().await;
        round_trip(&mut client, b"before").await;
        let start = Instant::now();
        bench.add("dead", timeout(300), direction).await;
        let (mut read, mut write) = client.split();
        let chatter = async {
            while write.write_all(b"anyone?").await.is_ok() {
                tokio::time::sleep(ms(20)).await;
            }
        };
        let mut got = Vec::new();
        tokio::select! {
            _ = tokio::time::timeout(LIMIT, read.read_to_end(&mut got)) => {}
            () = chatter => {}
        }
        let took = start.elapsed();
        assert!(got.is_empty());
        assert!(took >= ms(300) && took < ms(10_000), "{took:?}");
        bench.closed_by_toxic(1, "dead").await;
        bench.close().await;
    }
}

pub(crate) async fn closes_on_removal(backend: Backend) {
    for direction in BOTH {
        let bench = Bench::echo(backend).await;
        bench.add("hole", timeout(0), direction).await;
        let mut client = bench.client().await;
        client.write_all(b"hello").await.unwrap();
        if direction == Direction::Downstream {
            bench.received(5, LIMIT).await.unwrap();
        }
        tokio::time::timeout(ms(300), client.read(&mut [0; 5])).await.unwrap_err();
        bench.bitten("hole", 1).await;
        bench.remove("hole").await;
        assert!(rest(&mut client).await.is_empty());
        bench.closed_by_toxic(1, "hole").await;
        let mut client = bench.client().await;
        round_trip(&mut client, b"healed").await;
        bench.close().await;
    }
}
