//! One TCP stream without toxics, from the client to the server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::figures::{Asked, each, row, verdict};
use crate::paths::{NAMES, Paths, connect, server};
use crate::{Failure, blocking};

/// What is sent in each turn.
const BYTES: usize = 1_000_000_000;
/// Turns in a round.
const TURNS: u32 = 3;
/// What is written and read at once.
const PIECE: usize = 256 * 1024;

/// Prints how fast a stream is on each way, in turns.
pub(crate) async fn measure(paths: &Paths, rounds: usize) -> Result<(), Failure> {
    let ways = paths.to(server(swallow)?).await?;
    let addresses = ways.addresses;
    let before = ways.used()?;
    let speeds = blocking(move || {
        let mut speeds = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            for (speeds, time) in speeds.iter_mut().zip(round(addresses)?) {
                speeds.push(BYTES as f64 * f64::from(TURNS) * 8.0 / time.as_nanos() as f64);
            }
        }
        Ok(speeds)
    })
    .await?;
    let after = ways.used()?;
    ways.close().await?;
    println!("one stream, {TURNS} times {} MB in each round, Gbit/s", BYTES / 1_000_000);
    for (name, speeds) in NAMES.iter().zip(&speeds) {
        row(name, speeds, 2);
    }
    verdict("link / toxiproxy", &each(&speeds[1], &speeds[2], |a, b| a / b), &Asked::AtLeast(2.0));
    let gigabytes = BYTES as f64 / 1e9 * f64::from(TURNS) * rounds as f64;
    let [link, toxiproxy] = [0, 1].map(|at| (after[at] - before[at]).as_millis() as f64 / gigabytes);
    println!("  processor time for each GB: link {link:.0} ms, toxiproxy {toxiproxy:.0} ms");
    Ok(())
}

/// How long the turns of each way took together.
fn round(addresses: [SocketAddr; 3]) -> Result<[Duration; 3], Failure> {
    let mut times = [Duration::ZERO; 3];
    for _ in 0..TURNS {
        for (time, address) in times.iter_mut().zip(addresses) {
            *time += send(address)?;
        }
    }
    Ok(times)
}

/// Sends all; how long until the server says that it has it.
fn send(address: SocketAddr) -> Result<Duration, Failure> {
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
    Ok(start.elapsed())
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
