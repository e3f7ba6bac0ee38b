//! A relay behind a link that writes down what passes: what a link's reader gets, before it changes anything.
//!
//! A capture is one connection: pieces in the order in which they came, each `>` (client) or `<` (server), its length (four bytes,
//! highest first) and its bytes. Pieces of one direction that follow each other are one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pitfall_proxy::{Link, LinkConfig, LinkEvent, Protocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::Failure;

type Pieces = Arc<Mutex<Vec<(u8, Vec<u8>)>>>;
type Captures = Arc<Mutex<Vec<Pieces>>>;

/// A link with a relay behind it.
pub(crate) struct Captured {
    link: Link,
    captures: Captures,
    accepting: JoinHandle<()>,
}

impl Captured {
    pub(crate) async fn open(upstream: SocketAddr, protocol: Protocol) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let captures = Captures::default();
        let accepting = tokio::spawn(accept(listener, upstream, captures.clone()));
        let config = LinkConfig {
            name: "client->relay".into(),
            listen: "127.0.0.1:0".parse()?,
            upstream: at,
            protocol,
            seed: 1,
            strict: true,
        };
        let link = Link::open(config, Arc::new(|_: LinkEvent| ())).await?;
        Ok(Self { link, captures, accepting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.link.address()
    }

    /// Ends all connections and writes them down. The names of their files begin so.
    pub(crate) async fn close(self, directory: &Path, name: &str) -> Result<(), Failure> {
        self.link.close().await;
        self.accepting.abort();
        let captures = self.captures.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, pieces) in captures.iter().enumerate() {
            let mut bytes = Vec::new();
            for (whose, piece) in pieces.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                bytes.push(*whose);
                bytes.extend(u32::try_from(piece.len())?.to_be_bytes());
                bytes.extend(piece);
            }
            if !bytes.is_empty() {
                std::fs::write(directory.join(format!("{name}-{number}.capture")), bytes)?;
            }
        }
        Ok(())
    }
}

async fn accept(listener: TcpListener, upstream: SocketAddr, captures: Captures) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(upstream).await else {
            continue;
        };
        let pieces = Pieces::default();
        captures.lock().unwrap_or_else(PoisonError::into_inner).push(pieces.clone());
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(copy(b'>', from_client, to_server, pieces.clone()));
        tokio::spawn(copy(b'<', from_server, to_client, pieces));
    }
}

async fn copy(whose: u8, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, pieces: Pieces) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        // Before it is sent on: what answers it comes behind it.
        {
            let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
            match pieces.last_mut() {
                Some((last, piece)) if *last == whose => piece.extend_from_slice(&buffer[..n]),
                _ => pieces.push((whose, buffer[..n].to_vec())),
            }
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

/// An empty directory.
pub(crate) fn emptied(directory: &Path) -> Result<PathBuf, Failure> {
    if directory.exists() {
        std::fs::remove_dir_all(directory)?;
    }
    std::fs::create_dir_all(directory)?;
    Ok(directory.to_owned())
}
