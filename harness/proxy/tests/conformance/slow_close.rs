use std::time::Instant;

use pitfall_proxy::{ClosedBy, Direction, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::backend::Backend;
use crate::bench::{Bench, ms, rest, round_trip};

fn slow_close(delay: u64) -> ToxicKind {
    ToxicKind::SlowClose { delay: ms(delay) }
}

pub(crate) async fn passes_data_at_once(backend: Backend) {
    let bench = Bench::source(backend, b"bye".to_vec()).await;
    bench.add("linger", slow_close(400), Direction::Downstream).await;
    let start = Instant::now();
    let mut client = bench.client().await;
    let mut got = [0; 3];
    client.read_exact(&mut got).await.unwrap();
    let data = start.elapsed();
    assert_eq!(client.read(&mut got).await.unwrap(), 0);
    let took = start.elapsed();
    assert!(took >= ms(400) && took < ms(10_000), "{took:?}");
    assert!(data < took - ms(200), "data after {data:?}, the closing after {took:?}");
    bench.bitten("linger", 1).await;
    bench.close().await;
}

pub(crate) async fn holds_the_clients_closing(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"hello").await;
    bench.add("linger", slow_close(400), Direction::Upstream).await;
    let start = Instant::now();
    client.shutdown().await.unwrap();
    assert!(rest(&mut client).await.is_empty());
    let took = start.elapsed();
    assert!(took >= ms(400) && took < ms(10_000), "{took:?}");
    drop(client);
    assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
    bench.bitten("linger", 1).await;
    bench.close().await;
}

pub(crate) async fn lets_go_when_removed(backend: Backend) {
    let bench = Bench::source(backend, b"bye".to_vec()).await;
    bench.add("linger", slow_close(60_000), Direction::Downstream).await;
    let mut client = bench.client().await;
    let mut got = [0; 3];
    client.read_exact(&mut got).await.unwrap();
    timeout(ms(200), client.read(&mut got)).await.unwrap_err();
    bench.remove("linger").await;
    assert_eq!(timeout(ms(10_000), client.read(&mut got)).await.unwrap().unwrap(), 0);
    bench.close().await;
}
