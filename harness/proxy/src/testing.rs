//! A link between a client and a server that a test holds both of.
#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::gate::Gate;
use crate::reader::Reader;
use crate::{ClosedBy, Direction, Link, LinkConfig, LinkEvent, Observer, Protocol, Toxic, ToxicKind};

/// Longer than anything takes on the slowest machine.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Bytes that show when one is missing, doubled or moved.
pub(crate) fn numbered(n: usize) -> Vec<u8> {
    (0..n as u32).map(|i| (i ^ (i >> 8) ^ (i >> 16).wrapping_mul(31)) as u8).collect()
}

/// A gate that nothing waits at.
pub(crate) fn no_gate() -> Arc<Gate> {
    Arc::new(Gate::new(Arc::new(drop::<LinkEvent>)))
}

/// A gate at which everything waits.
pub(crate) fn holding_gate() -> Arc<Gate> {
    struct Holds;
    impl Observer for Holds {
        fn observe(&self, _: LinkEvent) {}
        fn wants(&self, _: &str) -> bool {
            true
        }
    }
    Arc::new(Gate::new(Arc::new(Holds)))
}

/// Lets bytes pass a reader that holds nothing; returned is what comes out.
pub(crate) fn pass(reader: &mut dyn Reader, direction: Direction, bytes: &[u8]) -> Vec<u8> {
    let (mut bytes, mut out) = (Bytes::copy_from_slice(bytes), Vec::new());
    assert!(reader.read(direction, &mut bytes, &mut out).is_none() && bytes.is_empty());
    out.concat()
}

/// What the server saw.
#[derive(Default)]
pub(crate) struct Seen {
    bytes: u64,
    ends: Vec<Result<(), ErrorKind>>,
}

pub(crate) struct Bench {
    pub(crate) link: Link,
    events: watch::Receiver<Vec<LinkEvent>>,
    server: watch::Receiver<Seen>,
}

impl Bench {
    /// A server that answers with what it gets.
    pub(crate) async fn echo() -> Self {
        Self::echo_of(Protocol::Tcp).await
    }

    pub(crate) async fn echo_of(protocol: Protocol) -> Self {
        Self::with(protocol, |mut socket, seen| async move {
            let mut buffer = vec![0; 16 * 1024];
            loop {
                match socket.read(&mut buffer).await? {
                    0 => return socket.shutdown().await,
                    n => {
                        seen.send_modify(|seen| seen.bytes += n as u64);
                        socket.write_all(&buffer[..n]).await?;
                    }
                }
            }
        })
        .await
    }

    /// A server that sends these bytes and closes.
    pub(crate) async fn source(bytes: Vec<u8>) -> Self {
        Self::with(Protocol::Tcp, move |mut socket, seen| {
            let bytes = bytes.clone();
            async move {
                socket.write_all(&bytes).await?;
                socket.shutdown().await?;
                let mut got = Vec::new();
                socket.read_to_end(&mut got).await?;
                seen.send_modify(|seen| seen.bytes += got.len() as u64);
                Ok(())
            }
        })
        .await
    }

    /// A server of one's own.
    pub(crate) async fn with<F>(
        protocol: Protocol,
        serve: impl Fn(TcpStream, watch::Sender<Seen>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        let (seen, server) = watch::channel(Seen::default());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (seen, serving) = (seen.clone(), serve(socket, seen.clone()));
                tokio::spawn(async move {
                    let end = serving.await.map_err(|error| error.kind());
                    seen.send_modify(|seen| seen.ends.push(end));
                });
            }
        });
        Self::to(upstream, protocol, server).await
    }

    /// A link to any address.
    pub(crate) async fn to(upstream: SocketAddr, protocol: Protocol, server: watch::Receiver<Seen>) -> Self {
        Self::open(upstream, protocol, false, server).await
    }

    async fn open(
        upstream: SocketAddr,
        protocol: Protocol,
        strict: bool,
        server: watch::Receiver<Seen>,
    ) -> Self {
        let (told, events) = watch::channel(Vec::new());
        let observer = move |event| told.send_modify(|events: &mut Vec<LinkEvent>| events.push(event));
        let listen = "127.0.0.1:0".parse().unwrap();
        let config =
            LinkConfig { name: "client->server".into(), listen, upstream, protocol, seed: 42, strict };
        let link = Link::open(config, Arc::new(observer)).await.unwrap();
        Self { link, events, server }
    }

    /// A link with a connection through it, of which the test holds both ends.
    pub(crate) async fn both_ends(protocol: Protocol, strict: bool) -> (Self, TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (_, seen) = watch::channel(Seen::default());
        let bench = Self::open(listener.local_addr().unwrap(), protocol, strict, seen).await;
        let (client, server) = tokio::join!(bench.client(), timeout(LIMIT, listener.accept()));
        (bench, client, server.unwrap().unwrap().0)
    }

    pub(crate) async fn add(&self, name: &str, kind: ToxicKind, direction: Direction) {
        let toxic = Toxic { name: name.to_owned(), kind, direction, toxicity: 1.0 };
        self.link.add(toxic).await.unwrap();
    }

    pub(crate) async fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.link.address()).await.unwrap();
        client.set_nodelay(true).unwrap();
        client
    }

    /// Sends, and waits for as many bytes, which must be the same.
    pub(crate) async fn round_trip(&self, client: &mut TcpStream, bytes: &[u8]) -> Duration {
        let start = Instant::now();
        let (mut read, mut write) = client.split();
        let mut got = vec![0; bytes.len()];
        let both = async { tokio::try_join!(write.write_all(bytes), read.read_exact(&mut got)) };
        timeout(LIMIT, both).await.unwrap().unwrap();
        assert_eq!(got, bytes);
        start.elapsed()
    }

    pub(crate) fn events(&self) -> Vec<LinkEvent> {
        self.events.borrow().clone()
    }

    /// Waits for an event.
    pub(crate) async fn told(&self, is_it: impl Fn(&LinkEvent) -> bool) {
        let mut events = self.events.clone();
        let told = timeout(LIMIT, events.wait_for(|events| events.iter().any(&is_it))).await;
        drop(told.unwrap_or_else(|_| panic!("never told: {:?}", self.events())).unwrap());
    }

    /// What a toxic did.
    pub(crate) fn bites(&self, name: &str) -> Vec<String> {
        let bite = |event| match event {
            LinkEvent::Bit { toxic, what, .. } if toxic == name => Some(what),
            _ => None,
        };
        self.events().into_iter().filter_map(bite).collect()
    }

    /// Waits until the server has got so many bytes.
    pub(crate) async fn received(&self, bytes: u64, within: Duration) -> Result<(), Elapsed> {
        let mut server = self.server.clone();
        timeout(within, server.wait_for(|seen| seen.bytes >= bytes)).await.map(|seen| drop(seen.unwrap()))
    }

    /// How the server's connections ended in error, when so many have ended.
    pub(crate) async fn server_errors(&self, ended: usize) -> Vec<ErrorKind> {
        let mut server = self.server.clone();
        let seen = timeout(LIMIT, server.wait_for(|seen| seen.ends.len() >= ended)).await.unwrap().unwrap();
        seen.ends.iter().filter_map(|end| end.err()).collect()
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
        let events = timeout(LIMIT, events.wait_for(|events| find(events).is_some())).await;
        find(&events.unwrap().unwrap()).unwrap()
    }

    pub(crate) async fn close(self) {
        timeout(LIMIT, self.link.close()).await.unwrap();
    }
}
