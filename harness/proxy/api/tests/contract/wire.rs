//! What passes through proxies.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::server::LIMIT;

/// A server that first says its name and then answers with what it gets.
pub(crate) async fn echo(name: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.write_all(name).await;
                let (mut read, mut write) = socket.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    address
}

pub(crate) async fn connect(address: &str) -> TcpStream {
    let client = timeout(LIMIT, TcpStream::connect(address)).await.unwrap().unwrap();
    client.set_nodelay(true).unwrap();
    client
}

/// Sends, and waits for as many bytes, which must be the same; says how long that took.
pub(crate) async fn round_trip(client: &mut TcpStream, bytes: &[u8]) -> Duration {
    let begun = Instant::now();
    client.write_all(bytes).await.unwrap();
    assert_eq!(read(client, bytes.len()).await, bytes);
    begun.elapsed()
}

/// Waits for so many bytes.
pub(crate) async fn read(client: &mut TcpStream, n: usize) -> Vec<u8> {
    let mut got = vec![0; n];
    timeout(LIMIT, client.read_exact(&mut got)).await.expect("nothing comes").unwrap();
    got
}

/// Reads until the connection ends, however it does.
pub(crate) async fn rest(client: &mut TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    let _ = timeout(LIMIT, client.read_to_end(&mut got)).await.expect("it does not end");
    got
}

/// Whether connecting is refused. A server may need a moment to let go.
pub(crate) async fn is_refused(address: &str) {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(address).await {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            seen => assert!(begun.elapsed() < LIMIT, "not refused within {LIMIT:?}: {seen:?}"),
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Of many round trips one takes less than this.
pub(crate) async fn is_quick(client: &mut TcpStream, below: Duration) {
    let mut took = Duration::MAX;
    for _ in 0..50 {
        took = took.min(round_trip(client, b"quick").await);
        if took < below {
            return;
        }
    }
    panic!("the quickest of 50 round trips took {took:?}");
}
