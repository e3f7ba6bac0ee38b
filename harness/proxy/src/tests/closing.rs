//! How a link begins and ends.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::testing::{Bench, ms};
use crate::{Direction, Link, LinkConfig, LinkError, Protocol, ToxicKind};

fn latency(latency: u64) -> ToxicKind {
    ToxicKind::Latency { latency: ms(latency), jitter: ms(0) }
}

#[tokio::test]
async fn closing_ends_everything_and_gives_the_address_back() {
    let bench = Bench::echo().await;
    let address = bench.link.address();
    let mut client = bench.client().await;
    bench.round_trip(&mut client, b"hello").await;
    bench.add("far", latency(600_000), Direction::Upstream).await;
    client.write_all(b"never arrives").await.unwrap();
    bench.close().await;
    assert_eq!(client.read(&mut [0; 8]).await.unwrap_or(0), 0);
    TcpStream::connect(address).await.unwrap_err();
    TcpListener::bind(address).await.unwrap();
}

#[tokio::test]
async fn dropping_ends_everything_too() {
    let bench = Bench::echo().await;
    let mut client = bench.client().await;
    bench.round_trip(&mut client, b"hello").await;
    drop(bench);
    assert_eq!(timeout(ms(10_000), client.read(&mut [0; 8])).await.unwrap().unwrap_or(0), 0);
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap();
    let config = LinkConfig {
        name: "a->b".into(),
        listen,
        upstream: listen,
        protocol: Protocol::Tcp,
        seed: 1,
        strict: false,
    };
    let error = Link::open(config, Arc::new(|_| ())).await.unwrap_err();
    assert!(matches!(error, LinkError::Bind { .. }), "{error}");
}
