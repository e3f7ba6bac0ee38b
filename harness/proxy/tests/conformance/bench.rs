//! A link between a client and a server that a case holds both of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pitfall_proxy::{ClosedBy, Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::backend::Backend;

/// Longer than anything takes on the slowest machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// The name of every link, and the beginning of its proxy's.
pub(crate) const LINK: &str = "client-server";

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Bytes that show when one is missing, doubled or moved.
pub(crate) fn numbered(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i ^ (i >> 8) ^ (i >> 16).wrapping_mul(31)) as u8).collect()
}

pub(crate) struct Bench {
    pub(crate) link: Link,
    events: watch::Receiver<Vec<LinkEvent>>,
    received: watch::Receiver<u64>,
}

impl Bench {
    /// A server that answers with what it gets.
    pub(crate) async fn echo(backend: Backend) -> Self {
        let (seen, received) = watch::channel(0);
        let upstream = serve(move |mut socket| {
            let seen = seen.clone();
            async move {
                let mut buffer = vec![0; 16 * 1024];
                while let Ok(n) = socket.read(&mut buffer).await {
                    seen.send_modify(|bytes| *bytes += n as u64);
                    if n == 0 || socket.write_all(&buffer[..n]).await.is_err() {
                        break;
                    }
                }
            }
        });
        Self::to(backend, upstream.await, received).await
    }

    /// A server that sends these bytes, closes its side, and waits for the other's closing.
    pub(crate) async fn source(backend: Backend, bytes: Vec<u8>) -> Self {
        let upstream = serve(move |mut socket| {
            let bytes = bytes.clone();
            async move {
                let _ = socket.write_all(&bytes).await;
                let _ = socket.shutdown().await;
                let _ = socket.read_to_end(&mut Vec::new()).await;
            }
        });
        Self::to(backend, upstream.await, watch::channel(0).1).await
    }

    pub(crate) async fn to(backend: Backend, upstream: SocketAddr, received: watch::Receiver<u64>) -> Self {
        Self::of(backend, upstream, received, Protocol::Tcp).await
    }

    pub(crate) async fn of(
        backend: Backend,
        upstream: SocketAddr,
        received: watch::Receiver<u64>,
        protocol: Protocol,
    ) -> Self {
        let (told, events) = watch::channel(Vec::new());
        let observer = move |event| told.send_modify(|events: &mut Vec<LinkEvent>| events.push(event));
        let listen = "127.0.0.1:0".parse().unwrap();
        let config = LinkConfig { name: LINK.into(), listen, upstream, protocol, seed: 42, strict: false };
        let link = backend.open(config, Arc::new(observer)).await.unwrap();
        Self { link, events, received }
    }

    pub(crate) async fn add(&self, name: &str, kind: ToxicKind, direction: Direction) {
        let toxic = Toxic { name: name.to_owned(), kind, direction, toxicity: 1.0 };
        self.link.add(toxic).await.unwrap();
    }

    pub(crate) async fn remove(&self, name: &str) {
        self.link.remove(name).await.unwrap();
    }

    pub(crate) async fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.link.address()).await.unwrap();
        client.set_nodelay(true).unwrap();
        client
    }

    pub(crate) fn events(&self) -> Vec<LinkEvent> {
        self.events.borrow().clone()
    }

    /// What a toxic did.
    pub(crate) fn bites(&self, name: &str) -> Vec<String> {
        bites(&self.events(), name)
    }

    /// Waits until it is told that a toxic bit so often, with a proof; it must not be told more often.
    pub(crate) async fn bitten(&self, name: &str, times: usize) -> Vec<String> {
        let mut events = self.events.clone();
        let enough = events.wait_for(|events| bites(events, name).len() >= times);
        timeout(LIMIT, enough).await.unwrap_or_else(|_| panic!("{name}: {:?}", self.events())).unwrap();
        let bites = self.bites(name);
        assert_eq!(bites.len(), times, "{bites:?}");
        bites
    }

    /// Waits until the server has got so many bytes.
    pub(crate) async fn received(&self, bytes: u64, within: Duration) -> Result<(), Elapsed> {
        let mut received = self.received.clone();
        timeout(within, received.wait_for(|got| *got >= bytes)).await.map(|got| drop(got.unwrap()))
    }

    /// Waits for the end of a connection: by whom, bytes up, bytes down.
    pub(crate) async fn closed(&self, wanted: u64) -> (ClosedBy, u64, u64) {
        let find = |events: &Vec<LinkEvent>| {
            events.iter().find_map(|event| match event {
                LinkEvent::Closed { conn, by, bytes_up, bytes_down } if *conn == wanted => {
                    Some((by.clone(), *bytes_up, *bytes_down))
                }
                _ => None,
            })
        };
        let mut events = self.events.clone();
        let closed = timeout(LIMIT, events.wait_for(|events| find(events).is_some())).await;
        find(&closed.unwrap_or_else(|_| panic!("{:?}", self.events())).unwrap()).unwrap()
    }

    pub(crate) async fn closed_by_toxic(&self, wanted: u64, toxic: &str) {
        assert_eq!(self.closed(wanted).await.0, ClosedBy::Toxic(toxic.to_owned()), "{:?}", self.events());
    }

    pub(crate) async fn close(self) {
        if std::env::var_os("DBG").is_some() {
            for e in self.events() {
                if let LinkEvent::Bit { toxic, conn, what } = e {
                    eprintln!("BIT {toxic} {conn:?} {what}");
                }
            }
        }
        timeout(LIMIT, self.link.close()).await.unwrap();
    }
}

/// Sends, and waits for as many bytes, which must be the same.
pub(crate) async fn round_trip(client: &mut TcpStream, bytes: &[u8]) -> Duration {
    let start = Instant::now();
    let (mut read, mut write) = client.split();
    let mut got = vec![0; bytes.len()];
    let both = async { tokio::try_join!(write.write_all(bytes), read.read_exact(&mut got)) };
    timeout(LIMIT, both).await.unwrap().unwrap();
    assert!(got == bytes, "{} bytes", got.len());
    start.elapsed()
}

/// It has healed: of many round trips one takes less than this.
pub(crate) async fn is_quick(client: &mut TcpStream, below: Duration) {
    let mut took = Duration::MAX;
    for _ in 0..100 {
        took = took.min(round_trip(client, b"quick").await);
        if took < below {
            return;
        }
    }
    panic!("the quickest of 100 round trips took {took:?}");
}

/// Reads to the end, whatever the end is.
pub(crate) async fn rest(client: &mut TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    let _ = timeout(LIMIT, client.read_to_end(&mut got)).await.expect("no end");
    got
}

fn bites(events: &[LinkEvent], name: &str) -> Vec<String> {
    let bite = |event: &LinkEvent| match event {
        LinkEvent::Bit { toxic, what, .. } if toxic == name => Some(what.clone()),
        _ => None,
    };
    events.iter().filter_map(bite).collect()
}

/// A server of one's own.
pub(crate) async fn serve<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    upstream
}
