//! What a small request and its answer take longer than on a direct connection.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::figures::{Asked, each, percentile, row, verdict};
use crate::paths::{NAMES, Paths, connect, server};
use crate::{Failure, blocking};

/// A request, and its answer.
const BYTES: usize = 128;
/// Round trips of one way before it is the next one's turn.
const TURN: usize = 250;
/// Turns in a round.
const TURNS: usize = 40;

/// Prints the round trips on each way, in turns, and what is added by link and Toxiproxy.
pub(crate) async fn measure(paths: &Paths, rounds: usize) -> Result<(), Failure> {
    let ways = paths.to(server(echo)?).await?;
    let addresses = ways.addresses;
    let figures = blocking(move || {
        let mut sockets = Vec::new();
        for address in addresses {
            sockets.push(connect(address)?);
        }
        round(&mut sockets)?; // unmeasured: everybody warms up
        (0..rounds).map(|_| round(&mut sockets)).collect::<Result<Vec<_>, _>>()
    })
    .await?;
    ways.close().await?;
    println!("round trip of {BYTES} bytes, microseconds, {} in each round", TURN * TURNS);
    for hundredths in [50, 99] {
        let of = |way: usize| -> Vec<f64> {
            figures.iter().map(|round: &[Vec<f64>; 3]| percentile(&round[way], hundredths)).collect()
        };
        let all = [of(0), of(1), of(2)];
        println!("  p{hundredths}");
        for (name, trips) in NAMES.iter().zip(&all) {
            row(name, trips, 1);
        }
        let added = |way: usize| each(&all[way], &all[0], |way, direct| way - direct);
        let name = format!("p{hundredths} added by link / added by toxiproxy");
        verdict(&name, &each(&added(1), &added(2), |a, b| a / b), &Asked::AtMost(0.5));
    }
    Ok(())
}

fn round(sockets: &mut [TcpStream]) -> Result<[Vec<f64>; 3], Failure> {
    let mut trips = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        for (socket, trips) in sockets.iter_mut().zip(&mut trips) {
            for _ in 0..TURN {
                let start = Instant::now();
                socket.write_all(&[5; BYTES])?;
                socket.read_exact(&mut [0; BYTES])?;
                trips.push(start.elapsed().as_nanos() as f64 / 1000.0);
            }
        }
    }
    Ok(trips)
}

fn echo(mut socket: TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = [0; BYTES];
    loop {
        socket.read_exact(&mut buffer)?;
        socket.write_all(&buffer)?;
    }
}
