use std::io::ErrorKind;
use std::time::Instant;

use pitfall_proxy::{Direction, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::bench::{Bench, LIMIT, ms, round_trip};

fn reset_peer(timeout: u64) -> ToxicKind {
    ToxicKind::ResetPeer { timeout: ms(timeout) }
}

async fn is_reset(client: &mut TcpStream) {
    let read = tokio::time::timeout(LIMIT, client.read(&mut [0; 8])).await.expect("no end");
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

async fn resets(bench: &Bench, client: &mut TcpStream, conn: u64) {
    let start = Instant::now();
    client.write_all(b"more").await.unwrap();
    is_reset(client).await;
    let took = start.elapsed();
    assert!(took >= ms(200) && took < ms(10_000), "{took:?}");
    bench.closed_by_toxic(conn, "rst").await;
}

pub(crate) async fn resets_an_existing_connection(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("rst", reset_peer(200), Direction::Upstream).await;
    resets(&bench, &mut client, 1).await;
    assert_eq!(bench.closed(1).await.2, 6, "bytes of the answer");
    bench.bitten("rst", 1).await;
    bench.remove("rst").await;
    round_trip(&mut bench.client().await, b"healed").await;
    bench.close().await;
}

pub(crate) async fn resets_a_new_connection(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("rst", reset_peer(200), Direction::Upstream).await;
    resets(&bench, &mut bench.client().await, 1).await;
    bench.bitten("rst", 1).await;
    bench.close().await;
}

pub(crate) async fn resets_downstream(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut old = bench.client().await;
    round_trip(&mut old, b"before").await;
    bench.add("rst", reset_peer(200), Direction::Downstream).await;
    let mut new = bench.client().await;
    resets(&bench, &mut old, 1).await;
    resets(&bench, &mut new, 2).await;
    bench.bitten("rst", 2).await;
    bench.close().await;
}

pub(crate) async fn does_nothing_before_the_first_bytes(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("rst", reset_peer(0), Direction::Upstream).await;
    bench.remove("rst").await;
    round_trip(&mut client, b"alive").await;
    assert!(bench.bites("rst").is_empty());
    bench.close().await;
}

/// Toxiproxy does not let go of a connection before the clock is out; the link before it does. `remove` takes as long there.
pub(crate) async fn resets_when_removed_in_mid_clock(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    bench.add("rst", reset_peer(4000), Direction::Upstream).await;
    let start = Instant::now();
    client.write_all(b"lost").await.unwrap();
    // So that the bytes have passed the link before the toxic is removed.
    tokio::time::timeout(ms(100), client.read(&mut [0; 8])).await.unwrap_err();
    let reset = async {
        is_reset(&mut client).await;
        start.elapsed()
    };
    let (reset_after, ()) = tokio::join!(reset, bench.remove("rst"));
    assert!(reset_after < ms(4000), "{reset_after:?}");
    assert_eq!(start.elapsed() >= ms(4000), !backend.is_own(), "{:?}", start.elapsed());
    round_trip(&mut bench.client().await, b"healed").await;
    bench.close().await;
}
