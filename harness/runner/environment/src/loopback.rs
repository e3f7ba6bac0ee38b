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
        let bind = |port: &u16| {
            TcpListener::bind((address, *port)).map_err(|error| format!("{address}:{port}: {error}"))
        };
        match ports.iter().map(bind).collect::<Result<Vec<_>, _>>() {
            Ok(_) => return Ok(address),
            Err(refused) => why = refused,
        }
    }
    Err(EnvironmentError::NoAddress { ports: ports.to_vec(), why })
}

/// Eight hex digits, for a name of one's own.
pub(crate) fn word() -> String {
    random()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Not part of any run's outcome, so not from its seed: two runs of one seed must not meet.
fn random() -> [u8; 8] {
    std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_on_all_addresses_is_named() {
        let taken = TcpListener::bind("0.0.0.0:0").expect("a free port");
        let port = taken.local_addr().expect("it is bound").port();

        let error = draw(&[port]).expect_err("it is taken everywhere").to_string();

        assert!(error.contains(&format!(":{port}: Address already in use")), "{error}");
    }
}
