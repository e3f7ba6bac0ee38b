//! A loopback address of one's own: drawn at random, so that fixed ports never meet those of another run.

use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener};

use crate::error::EnvironmentError;

/// Draws from 127.64.0.0/10 until all `ports` are free there.
pub(crate) fn draw(ports: &[u16]) -> Result<Ipv4Addr, EnvironmentError> {
    let mut why = String::new();
    for _ in 0..64 {
        let [a, b, c, ..] = random();
        // Neither .0 nor .255 at the end: some tools take them for a network.
        let address = Ipv4Addr::new(127, 64 | (a & 0x3f), b, c.clamp(1, 254));
        match ports.iter().map(|port| TcpListener::bind((address, *port))).collect::<Result<Vec<_>, _>>() {
            Ok(_) => return Ok(address),
            Err(error) => why = format!("{address}: {error}"),
        }
    }
    Err(EnvironmentError::NoAddress { ports: ports.to_vec(), why })
}

/// Not part of any run's outcome, so not from its seed: two runs of one seed must not meet.
fn random() -> [u8; 8] {
    std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes()
}
