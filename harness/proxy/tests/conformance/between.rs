//! A proxy between two containers: here the server shares our network, so both of its ends can be seen.

use std::io::ErrorKind;
use std::net::SocketAddr;

use pitfall_proxy::{Direction, Link, Toxic, ToxicKind, Toxiproxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::{Backend, proxy};
use crate::bench::{is_quick, ms, rest, round_trip, serve};
use crate::latency::latency;

async fn echo() -> SocketAddr {
    serve(|mut socket| async move {
        let mut buffer = [0; 1024];
        while let Ok(n @ 1..) = socket.read(&mut buffer).await {
            if socket.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
    })
    .await
}

async fn between(backend: Backend, name: &str) -> Link {
    let upstream = echo().await.to_string();
    Link::between(name, &Toxiproxy::at(backend.api()), "127.0.0.1:0", &upstream).await.unwrap()
}

fn toxic(name: &str, kind: ToxicKind) -> Toxic {
    Toxic { name: name.into(), kind, direction: Direction::Downstream, toxicity: 1.0 }
}

pub(crate) async fn bends_and_heals(backend: Backend) {
    let link = between(backend, "bent").await;
    assert_eq!(link.name(), "bent");
    let mut client = TcpStream::connect(link.address()).await.unwrap();
    round_trip(&mut client, b"before").await;
    link.add(toxic("slow", latency(100, 0))).await.unwrap();
    let took = round_trip(&mut client, b"ping").await;
    assert!(took >= ms(100) && took < ms(10_000), "{took:?}");
    link.remove("slow").await.unwrap();
    is_quick(&mut client, ms(100)).await;
    link.remove("slow").await.unwrap_err();
    let there = proxy(&link).0;
    assert!(there.starts_with("bent-") && backend.has(&there).await, "{there}");
    link.close().await;
    assert!(rest(&mut client).await.is_empty());
    assert!(!backend.has(&there).await);
}

pub(crate) async fn goes_down_and_up_again(backend: Backend) {
    let link = between(backend, "broken").await;
    let mut client = TcpStream::connect(link.address()).await.unwrap();
    round_trip(&mut client, b"before").await;
    for name in ["off", "off too"] {
        link.add(toxic(name, ToxicKind::Down)).await.unwrap();
    }
    link.add(toxic("off", ToxicKind::Down)).await.unwrap_err();
    assert!(rest(&mut client).await.is_empty());
    link.remove("off").await.unwrap();
    let error = TcpStream::connect(link.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    link.remove("off too").await.unwrap();
    round_trip(&mut TcpStream::connect(link.address()).await.unwrap(), b"again").await;
    link.close().await;
}

pub(crate) async fn outlives_being_dropped(backend: Backend) {
    let link = between(backend, "left").await;
    let (there, address) = (proxy(&link).0, link.address());
    drop(link);
    round_trip(&mut TcpStream::connect(address).await.unwrap(), b"still").await;
    backend.delete(&there).await;
}
