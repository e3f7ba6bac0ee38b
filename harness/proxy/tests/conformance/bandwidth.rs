use std::time::Instant;

use pitfall_proxy::{Direction, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::backend::Backend;
use crate::bench::{Bench, LIMIT, ms, numbered, rest, round_trip};

fn bandwidth(rate_kb_s: u64) -> ToxicKind {
    ToxicKind::Bandwidth { rate_kb_s }
}

pub(crate) async fn takes_its_time(backend: Backend) {
    let bytes = numbered(500_000);
    let bench = Bench::source(backend, bytes.clone()).await;
    bench.add("thin", bandwidth(1000), Direction::Downstream).await;
    let start = Instant::now();
    let mut client = bench.client().await;
    let got = rest(&mut client).await;
    let took = start.elapsed();
    assert!(got == bytes);
    assert!(took >= ms(490) && took < ms(10_000), "{took:?}");
    bench.bitten("thin", 1).await;
    bench.close().await;
}

pub(crate) async fn takes_its_time_upstream(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("thin", bandwidth(200), Direction::Upstream).await;
    let mut client = bench.client().await;
    let took = round_trip(&mut client, &numbered(100_000)).await;
    assert!(took >= ms(490) && took < ms(10_000), "{took:?}");
    bench.bitten("thin", 1).await;
    bench.close().await;
}

pub(crate) async fn reaches_a_high_rate(backend: Backend) {
    let bytes = numbered(20_000_000);
    let bench = Bench::source(backend, bytes.clone()).await;
    bench.add("wide", bandwidth(100_000), Direction::Downstream).await;
    let start = Instant::now();
    let mut client = bench.client().await;
    let got = rest(&mut client).await;
    let took = start.elapsed();
    assert!(got == bytes);
    assert!(took >= ms(195) && took < ms(10_000), "{took:?}");
    bench.close().await;
}

pub(crate) async fn stops_everything_at_zero(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("nothing", bandwidth(0), Direction::Upstream).await;
    let mut client = bench.client().await;
    client.write_all(b"hello").await.unwrap();
    bench.received(1, ms(200)).await.unwrap_err();
    bench.bitten("nothing", 1).await;
    bench.remove("nothing").await;
    let mut got = [0; 5];
    client.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"hello");
    bench.close().await;
}

pub(crate) async fn lets_go_when_removed(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    bench.add("thin", bandwidth(1), Direction::Downstream).await;
    let sent = numbered(100_000);
    client.write_all(&sent).await.unwrap();
    bench.received(sent.len() as u64, LIMIT).await.unwrap();
    bench.remove("thin").await;
    let mut got = vec![0; sent.len()];
    let start = Instant::now();
    client.read_exact(&mut got).await.unwrap();
    assert!(start.elapsed() < ms(50_000), "100 s at the rate, {:?} without", start.elapsed());
    assert!(got == sent);
    bench.close().await;
}
