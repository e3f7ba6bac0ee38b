use std::time::Instant;

use pitfall_proxy::{Direction, ToxicKind};
use tokio::io::AsyncReadExt;

use crate::backend::Backend;
use crate::bench::{Bench, is_quick, ms, numbered, round_trip};

/// 1000 bytes are at least 9 pieces, of at most 120.
fn slicer() -> ToxicKind {
    ToxicKind::Slicer { average_size: 100, size_variation: 20, delay: ms(20) }
}

pub(crate) async fn cuts_into_pieces(backend: Backend) {
    let bytes = numbered(1000);
    let bench = Bench::source(backend, bytes.clone()).await;
    bench.add("knife", slicer(), Direction::Downstream).await;
    let start = Instant::now();
    let mut client = bench.client().await;
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
    assert!(took >= ms(8 * 20) && took < ms(10_000), "{took:?}");
    // A slow reader may see two of them in one.
    assert!(pieces.len() >= 4, "{pieces:?}");
    bench.bitten("knife", 1).await;
    bench.close().await;
}

pub(crate) async fn cuts_upstream(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("knife", slicer(), Direction::Upstream).await;
    let took = round_trip(&mut client, &numbered(1000)).await;
    assert!(took >= ms(8 * 20) && took < ms(10_000), "{took:?}");
    bench.bitten("knife", 1).await;
    bench.remove("knife").await;
    is_quick(&mut client, ms(160)).await;
    bench.close().await;
}
