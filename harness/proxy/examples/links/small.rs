//! Small requests at a broker: how much longer they take through a link that reads than through one that does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use crate::broker::{Broker, NAMES};
use crate::figures::{Asked, each, percentile, row, verdict};
use crate::paths::connect;
use crate::{Failure, blocking, requests};

/// Requests on each way in a round, in turns one by one.
const REQUESTS: usize = 5000;
const TOPIC: &str = "small";

/// Prints how long a Produce of 100 bytes and a Metadata take on each way.
pub(crate) async fn measure(broker: &Broker, rounds: usize) -> Result<(), Failure> {
    broker.make(TOPIC).await?;
    let both = [
        ("Produce of 100 bytes, acks=1", requests::produce(TOPIC, 100)?),
        ("Metadata of one topic", requests::metadata(TOPIC)?),
    ];
    for (name, request) in both {
        let addresses = broker.addresses;
        let figures = blocking(move || {
            let mut ways = Vec::new();
            for address in addresses {
                ways.push(Way::open(address, &request)?);
            }
            round(&mut ways)?; // unmeasured: the broker warms up
            (0..rounds).map(|_| round(&mut ways)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
        println!("{name}, microseconds, {REQUESTS} in each round");
        for hundredths in [50, 99] {
            let of = |way: usize| -> Vec<f64> {
                figures.iter().map(|round: &[Vec<f64>; 3]| percentile(&round[way], hundredths)).collect()
            };
            let all = [of(0), of(1), of(2)];
            println!("  p{hundredths}");
            for (name, times) in NAMES.iter().zip(&all) {
                row(name, times, 0);
            }
            if hundredths == 99 {
                let more = each(&all[2], &all[1], |reading, plain| (reading - plain) / 1000.0);
                verdict("p99 reading link - plain link, ms", &more, &Asked::AtMost(0.3));
            }
        }
    }
    Ok(())
}

fn round(ways: &mut [Way]) -> Result<[Vec<f64>; 3], Failure> {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..REQUESTS {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            times.push(way.ask()?);
        }
    }
    Ok(times)
}

/// A connection on which the same is asked again and again.
struct Way {
    socket: TcpStream,
    request: Vec<u8>,
    correlation: i32,
    answer: Vec<u8>,
}

impl Way {
    fn open(address: SocketAddr, request: &[u8]) -> Result<Self, Failure> {
        let (socket, request) = (connect(address)?, request.to_vec());
        Ok(Self { socket, request, correlation: 0, answer: Vec::new() })
    }

    /// Microseconds.
    fn ask(&mut self) -> Result<f64, Failure> {
        self.correlation += 1;
        requests::renumber(&mut self.request, self.correlation);
        let start = Instant::now();
        self.socket.write_all(&self.request)?;
        let mut length = [0; 4];
        self.socket.read_exact(&mut length)?;
        self.answer.resize(u32::from_be_bytes(length) as usize, 0);
        self.socket.read_exact(&mut self.answer)?;
        let took = start.elapsed().as_nanos() as f64 / 1000.0;
        if self.answer.get(..4) != Some(&self.correlation.to_be_bytes()) {
            return Err(format!("asked {}, answered: {:?}", self.correlation, self.answer).into());
        }
        Ok(took)
    }
}
