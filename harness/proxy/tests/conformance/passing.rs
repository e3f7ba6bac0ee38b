use std::io::ErrorKind;

use pitfall_proxy::{ClosedBy, LinkEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::backend::{Backend, proxy};
use crate::bench::{Bench, numbered, rest, round_trip, serve};

pub(crate) async fn tells_nothing_without_toxics(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    let address = client.local_addr().unwrap();
    round_trip(&mut client, &numbered(3_000_000)).await;
    drop(client);
    assert_eq!(bench.closed(1).await, (ClosedBy::Client, 3_000_000, 3_000_000));
    let events = bench.events();
    assert_eq!(events[0], LinkEvent::Opened { conn: 1, client: address });
    assert_eq!(events.len(), 2, "{events:?}");
    bench.close().await;
}

/// Toxiproxy closes both sides where one is closed: there the answer is lost, and nothing before it can bring it back.
pub(crate) async fn half_closes(backend: Backend) {
    let answering = serve(|mut socket| async move {
        let mut got = Vec::new();
        if socket.read_to_end(&mut got).await.is_ok() {
            let _ = socket.write_all(&numbered(got.len())).await;
        }
    });
    let bench = Bench::to(backend, answering.await, watch::channel(0).1).await;
    let mut client = bench.client().await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let got = rest(&mut client).await;
    assert_eq!(got, numbered(if backend.is_own() { 8 } else { 0 }));
    bench.close().await;
}

pub(crate) async fn cannot_reach_the_upstream(backend: Backend) {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let bench = Bench::to(backend, nobody, watch::channel(0).1).await;
    for (conn, said) in [(1, &b""[..]), (2, b"hello")] {
        // The reset may come before the client knows that it is connected.
        let refused = async {
            let mut client = TcpStream::connect(bench.link.address()).await?;
            client.write_all(said).await?;
            client.read(&mut [0; 8]).await
        };
        assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let (by, _, down) = bench.closed(conn).await;
        assert_eq!((by, down), (ClosedBy::Server, 0));
        let is_failed =
            |event: &LinkEvent| matches!(event, LinkEvent::UpstreamFailed { conn: of, .. } if *of == conn);
        assert!(bench.events().iter().any(is_failed), "{:?}", bench.events());
    }
    bench.close().await;
}

pub(crate) async fn gives_everything_back(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let address = bench.link.address();
    let mut client = bench.client().await;
    round_trip(&mut client, b"hello").await;
    let there = (!backend.is_own()).then(|| proxy(&bench.link).0);
    bench.close().await;
    assert!(rest(&mut client).await.is_empty());
    TcpStream::connect(address).await.unwrap_err();
    TcpListener::bind(address).await.unwrap();
    if let Some(proxy) = there {
        assert!(!backend.has(&proxy).await);
    }
}
