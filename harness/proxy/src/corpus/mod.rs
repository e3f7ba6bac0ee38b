//! Connections of real clients with real servers (`corpus/`, made by `examples/capture/`) are replayed to the readers: as they
//! were, and changed at random. `PROPTEST_CASES` says how many changed ones there are.
#![allow(clippy::unwrap_used)]

mod mutations;
mod passing;
mod same;
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::gate::Gate;
use crate::reader::Reader;
use crate::toxic::Direction::{self, Downstream, Upstream};
use crate::{http, kafka, mysql};

/// What is spoken on captured connections.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Spoken {
    Kafka,
    Mysql,
    Http,
}

/// Who said what, in turn.
type Said = Vec<(Direction, Vec<u8>)>;

/// All captures of a protocol, in the order of their names.
fn captures(spoken: Spoken) -> Vec<Said> {
    let directory = match spoken {
        Spoken::Kafka => "kafka",
        Spoken::Mysql => "mysql",
        Spoken::Http => "http",
    };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(directory);
    let mut files: Vec<_> = directory.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| parse(&std::fs::read(file).unwrap())).collect()
}

/// See `examples/capture/relay.rs`.
fn parse(mut capture: &[u8]) -> Said {
    let mut said = Said::new();
    while let [whose, l0, l1, l2, l3, rest @ ..] = capture {
        let (piece, rest) = rest.split_at(u32::from_be_bytes([*l0, *l1, *l2, *l3]) as usize);
        said.push((if *whose == b'>' { Upstream } else { Downstream }, piece.to_vec()));
        capture = rest;
    }
    assert!(capture.is_empty() && !said.is_empty());
    said
}

/// All that one side said.
fn whole(said: &Said, direction: Direction) -> Vec<u8> {
    said.iter().filter(|(whose, _)| *whose == direction).flat_map(|(_, piece)| piece.clone()).collect()
}

fn reader(spoken: Spoken, gate: Arc<Gate>) -> Box<dyn Reader> {
    match spoken {
        Spoken::Kafka => {
            let brokers = kafka::BrokerAddresses::all_at("127.0.0.1:41000".parse().unwrap());
            Box::new(kafka::Session::new(brokers, gate))
        }
        Spoken::Mysql => Box::new(mysql::Session::new(gate)),
        Spoken::Http => Box::new(http::Session::new(gate)),
    }
}
