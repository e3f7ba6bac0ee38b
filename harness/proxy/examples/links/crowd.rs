//! Many connections at once through one link: each gets its own bytes back, and all of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Failure;
use crate::held::Held;

const CONNECTIONS: u32 = 1000;
/// What each sends.
const BYTES: u32 = 256 * 1024;
const LIMIT: Duration = Duration::from_secs(120);

/// Opens all, then lets all send and check at once.
pub(crate) async fn measure() -> Result<(), Failure> {
    let link = Held::open("tcp", echo().await?).await?;
    let before = link.resident()?.0;
    let (all_open, start) = (Arc::new(Barrier::new(CONNECTIONS as usize + 1)), Instant::now());
    let mut clients = JoinSet::new();
    for number in 0..CONNECTIONS {
        clients.spawn(client(number, link.address, all_open.clone()));
    }
    tokio::select! {
        // Looked at first: when all are open, the quickest may be done already.
        biased;
        _ = all_open.wait() => {}
        Some(ended) = clients.join_next() => return Err(format!("a connection ended early: {ended:?}").into()),
        () = tokio::time::sleep(LIMIT) => return Err(format!("not all were open within {LIMIT:?}").into()),
    }
    let opened = start.elapsed();
    for client in timeout(LIMIT, clients.join_all()).await? {
        client?;
    }
    let (_, peak) = link.resident()?;
    link.close().await?;
    println!("{CONNECTIONS} connections at once, {} KiB there and back on each", BYTES / 1024);
    println!(
        "    all open after {} ms, all done after {} ms; the link's process: {} KiB a connection at most",
        opened.as_millis(),
        start.elapsed().as_millis(),
        (peak - before) / u64::from(CONNECTIONS)
    );
    println!("  lost, doubled or mixed up: nothing (each byte was compared)");
    Ok(())
}

async fn client(number: u32, link: SocketAddr, all_open: Arc<Barrier>) -> Result<(), Failure> {
    let mut socket = TcpStream::connect(link).await?;
    // Open means: through the link, to the server and back.
    socket.write_all(b"?").await?;
    socket.read_u8().await?;
    all_open.wait().await;
    let sent = own(number);
    let (mut read, mut write) = socket.split();
    let mut got = vec![0; sent.len()];
    tokio::try_join!(write.write_all(&sent), read.read_exact(&mut got))?;
    if got != sent {
        return Err(format!("connection {number} got other bytes than it sent").into());
    }
    write.shutdown().await?;
    match read.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(format!("connection {number} got more than it sent").into()),
    }
}

/// Bytes that no other connection has, nor the same one elsewhere.
fn own(number: u32) -> Vec<u8> {
    (0..BYTES / 8).flat_map(|at| (u64::from(number) << 32 | u64::from(at)).to_le_bytes()).collect()
}

async fn echo() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = socket.split();
                tokio::io::copy(&mut read, &mut write).await?;
                write.shutdown().await
            });
        }
    });
    Ok(address)
}
