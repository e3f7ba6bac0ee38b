//! Bytes, half-closes, closings and resets pass as they came.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::testing::{Bench, Seen, ms, numbered};
use crate::{ClosedBy, LinkEvent, Protocol};

#[tokio::test]
async fn bytes_pass_both_ways_and_are_counted() {
    let bench = Bench::echo().await;
    let mut client = bench.client().await;
    let bytes = numbered(3_000_000);
    let (mut read, mut write) = client.split();
    let mut got = vec![0; bytes.len()];
    let (reading, writing) = tokio::join!(read.read_exact(&mut got), write.write_all(&bytes));
    reading.unwrap();
    writing.unwrap();
    assert!(got == bytes);
    let address = client.local_addr().unwrap();
    drop(client);
    assert_eq!(bench.closed(1).await, (ClosedBy::Client, 3_000_000, 3_000_000));
    assert_eq!(bench.events()[0], LinkEvent::Opened { conn: 1, client: address });
    bench.close().await;
}

#[tokio::test]
async fn a_half_close_is_mirrored_and_answers_still_flow() {
    // The server answers only after the end of what it gets.
    let bench = Bench::with(Protocol::Tcp, |mut socket, _| async move {
        let mut got = Vec::new();
        socket.read_to_end(&mut got).await?;
        socket.write_all(&numbered(got.len())).await
    })
    .await;
    let mut client = bench.client().await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut got = Vec::new();
    timeout(ms(10_000), client.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(got, numbered(8));
    assert_eq!(bench.closed(1).await, (ClosedBy::Client, 8, 8));
    bench.close().await;
}

#[tokio::test]
async fn a_servers_closing_is_the_servers() {
    let bench = Bench::source(b"bye".to_vec()).await;
    let mut client = bench.client().await;
    let mut got = Vec::new();
    client.read_to_end(&mut got).await.unwrap();
    drop(client);
    assert_eq!(bench.closed(1).await, (ClosedBy::Server, 0, 3));
    bench.close().await;
}

#[tokio::test]
async fn resets_are_mirrored_as_resets() {
    let bench = Bench::echo().await;
    let mut client = bench.client().await;
    bench.round_trip(&mut client, b"hello").await;
    SockRef::from(&client).set_linger(Some(ms(0))).unwrap();
    drop(client);
    assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
    assert_eq!(bench.server_errors(1).await, [ErrorKind::ConnectionReset]);
    bench.close().await;

    let bench = Bench::with(Protocol::Tcp, |mut socket, _| async move {
        socket.read_exact(&mut [0; 5]).await?;
        SockRef::from(&socket).set_linger(Some(ms(0)))
    })
    .await;
    let mut client = bench.client().await;
    client.write_all(b"hello").await.unwrap();
    assert_eq!(client.read(&mut [0; 8]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(bench.closed(1).await.0, ClosedBy::Server);
    bench.close().await;
}

#[tokio::test]
async fn a_client_that_is_gone_ends_a_server_that_only_writes() {
    let bench = Bench::with(Protocol::Tcp, |mut socket, _| async move {
        loop {
            socket.write_all(&[7; 4096]).await?;
        }
    })
    .await;
    let mut client = bench.client().await;
    client.read_exact(&mut [0; 4096]).await.unwrap();
    drop(client);
    assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
    assert_eq!(bench.server_errors(1).await.len(), 1);
    bench.close().await;
}

#[tokio::test]
async fn an_upstream_that_is_not_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_seen, server) = watch::channel(Seen::default());
    let bench = Bench::to(nobody, Protocol::Tcp, server).await;
    let mut client = bench.client().await;
    assert_eq!(client.read(&mut [0; 8]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(bench.closed(1).await, (ClosedBy::Server, 0, 0));
    assert!(matches!(bench.events()[1], LinkEvent::UpstreamFailed { conn: 1, .. }));
    bench.close().await;
}

#[tokio::test]
async fn what_is_no_kafka_passes_a_kafka_link_and_it_says_so() {
    let bench = Bench::echo_of(Protocol::Kafka).await;
    let mut client = bench.client().await;
    bench.round_trip(&mut client, b"GET / HTTP/1.1\r\n\r\n").await;
    bench.round_trip(&mut client, &numbered(100_000)).await;
    let blind = bench.events().into_iter().filter_map(|event| match event {
        LinkEvent::Blind { conn, reason } => Some((conn, reason)),
        _ => None,
    });
    assert_eq!(blind.collect::<Vec<_>>(), [(1, "client: 1195725856 is no length of a request".to_owned())]);
    bench.close().await;
}
