//! One TCP stream without toxics, from the client to the server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use crate::figures::{Asked, each, row, verdict};
use crate::paths::{NAMES, Paths, connect, server};
use crate::{Failure, blocking};

/// What is sent in each turn.
const BYTES: usize = 3_000_000_000;
/// What is written and read at once.
const PIECE: usize = 256 * 1024;

/// Prints how fast a stream is on each way, in turns.
pub(crate) async fn measure(paths: &Paths, rounds: usize) -> Result<(), Failure> {
    let ways = paths.to(server(swallow)?).await?;
    let addresses = ways.addresses;
    let speeds = blocking(move || {
        let mut speeds = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            for (speeds, address) in speeds.iter_mut().zip(addresses) {
                speeds.push(send(address)?);
            }
        }
        Ok(speeds)
    })
    .await?;
    ways.close().await?;
    println!("one stream of {} MB, Gbit/s", BYTES / 1_000_000);
    for (name, speeds) in NAMES.iter().zip(&speeds) {
        row(name, speeds, 2);
    }
    verdict("link / toxiproxy", &each(&speeds[1], &speeds[2], |a, b| a / b), &Asked::AtLeast(2.0));
    Ok(())
}

/// Sends all; Gbit/s until the server says that it has it.
fn send(address: SocketAddr) -> Result<f64, Failure> {
    let mut socket = connect(address)?;
    let piece = vec![7; PIECE];
    let start = Instant::now();
    let mut left = BYTES;
    while left > 0 {
        let n = left.min(PIECE);
        socket.write_all(&piece[..n])?;
        left -= n;
    }
    socket.read_exact(&mut [0])?;
    Ok(BYTES as f64 * 8.0 / start.elapsed().as_nanos() as f64)
}

/// Answers with a byte when all has come.
fn swallow(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut left = BYTES;
    while left > 0 {
        let n = socket.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        left -= n;
    }
    socket.write_all(&[1])
}
