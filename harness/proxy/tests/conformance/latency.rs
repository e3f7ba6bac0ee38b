use std::time::Instant;

use pitfall_proxy::{Direction, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::backend::Backend;
use crate::bench::{Bench, is_quick, ms, numbered, rest, round_trip};

pub(crate) fn latency(latency: u64, jitter: u64) -> ToxicKind {
    ToxicKind::Latency { latency: ms(latency), jitter: ms(jitter) }
}

pub(crate) async fn delays_each_direction(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("slow", latency(100, 0), Direction::Downstream).await;
    let one = round_trip(&mut client, b"ping").await;
    assert!(one >= ms(100) && one < ms(10_000), "{one:?}");
    bench.add("slow too", latency(150, 0), Direction::Upstream).await;
    let both = round_trip(&mut client, b"ping").await;
    assert!(both >= ms(250) && both < ms(10_000), "{both:?}");
    bench.bitten("slow", 1).await;
    bench.bitten("slow too", 1).await;
    bench.remove("slow").await;
    bench.remove("slow too").await;
    is_quick(&mut client, ms(100)).await;
    bench.close().await;
}

pub(crate) async fn keeps_bandwidth(backend: Backend) {
    let bytes = numbered(10_000_000);
    let bench = Bench::source(backend, bytes.clone()).await;
    bench.add("slow", latency(300, 0), Direction::Downstream).await;
    let start = Instant::now();
    let mut client = bench.client().await;
    let got = rest(&mut client).await;
    let took = start.elapsed();
    assert!(got == bytes, "{} bytes", got.len());
    // 10 MB come in pieces of at most 64 KiB, more than 150 of them: one after the other would take 45 s.
    assert!(took >= ms(300) && took < ms(20_000), "{took:?}");
    bench.bitten("slow", 1).await;
    bench.close().await;
}

pub(crate) async fn adds_up(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("a", latency(80, 0), Direction::Upstream).await;
    bench.add("b", latency(120, 0), Direction::Upstream).await;
    let mut client = bench.client().await;
    let took = round_trip(&mut client, b"ping").await;
    assert!(took >= ms(200) && took < ms(10_000), "{took:?}");
    bench.remove("a").await;
    let took = round_trip(&mut client, b"ping").await;
    assert!(took >= ms(120), "{took:?}");
    bench.remove("b").await;
    is_quick(&mut client, ms(120)).await;
    bench.close().await;
}

pub(crate) async fn keeps_order_under_jitter(backend: Backend) {
    let bench = Bench::echo(backend).await;
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
    // Half of the delays are long enough to show; that none of so many is does not happen.
    while bench.bites("wild").is_empty() {
        round_trip(&mut client, b"ping").await;
    }
    bench.close().await;
}

pub(crate) async fn lets_go_when_removed(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("stuck", latency(60_000, 0), Direction::Upstream).await;
    let mut client = bench.client().await;
    let sent = numbered(200_000);
    client.write_all(&sent).await.unwrap();
    bench.received(1, ms(200)).await.unwrap_err();
    bench.remove("stuck").await;
    client.write_all(b"after").await.unwrap();
    let mut got = vec![0; sent.len() + 5];
    let start = Instant::now();
    client.read_exact(&mut got).await.unwrap();
    assert!(start.elapsed() < ms(30_000), "{:?}", start.elapsed());
    assert!(got[..sent.len()] == sent && &got[sent.len()..] == b"after");
    bench.close().await;
}
