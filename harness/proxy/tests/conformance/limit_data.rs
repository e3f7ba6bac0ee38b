use pitfall_proxy::{ClosedBy, Direction, ToxicKind};
use tokio::io::AsyncWriteExt;

use crate::backend::Backend;
use crate::bench::{Bench, numbered, rest, round_trip};

fn limit_data(bytes: u64) -> ToxicKind {
    ToxicKind::LimitData { bytes }
}

pub(crate) async fn passes_so_many_bytes(backend: Backend) {
    let bench = Bench::source(backend, numbered(100_000)).await;
    bench.add("quota", limit_data(70_001), Direction::Downstream).await;
    let mut client = bench.client().await;
    let got = rest(&mut client).await;
    assert!(got == numbered(70_001), "{}", got.len());
    assert_eq!(bench.closed(1).await, (ClosedBy::Toxic("quota".into()), 0, 70_001));
    let bites = bench.bitten("quota", 1).await;
    assert!(bites[0].starts_with("closed ") && bites[0].contains("70001"), "{bites:?}");
    bench.close().await;
}

pub(crate) async fn does_nothing_below(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("quota", limit_data(10), Direction::Upstream).await;
    round_trip(&mut client, b"123456789").await;
    bench.remove("quota").await;
    round_trip(&mut client, b"1234567890").await;
    assert!(bench.bites("quota").is_empty());
    bench.add("none", limit_data(0), Direction::Upstream).await;
    client.write_all(b"x").await.unwrap();
    assert!(rest(&mut client).await.is_empty());
    bench.closed_by_toxic(1, "none").await;
    bench.bitten("none", 1).await;
    bench.close().await;
}
