//! Where chance comes from: the link's seed, the connection's number, the toxic's name.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The generator of one toxic on one connection. It depends on no order of events, so a run can be repeated.
pub(crate) fn generator(seed: u64, conn: u64, toxic: &str) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(conn));
    rng.set_stream(fnv1a(toxic));
    rng
}

/// Whether a toxic acts on a connection.
pub(crate) fn hits(rng: &mut ChaCha8Rng, toxicity: f64) -> bool {
    rng.random::<f64>() < toxicity
}

/// A number around zero: from `-spread` up to and with `spread`.
pub(crate) fn around_zero(rng: &mut ChaCha8Rng, spread: i64) -> i64 {
    if spread <= 0 { 0 } else { rng.random_range(-spread..=spread) }
}

/// FNV-1a: a hash that stays the same over versions and machines, as a seed must.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_and_differ_by_connection_and_toxic() {
        let draw = |seed, conn, toxic| {
            let mut rng = generator(seed, conn, toxic);
            (0..8).map(|_| around_zero(&mut rng, 1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, 1, "slow"), draw(7, 1, "slow"));
        assert_ne!(draw(7, 1, "slow"), draw(7, 2, "slow"));
        assert_ne!(draw(7, 1, "slow"), draw(7, 1, "slower"));
    }

    #[test]
    fn toxicity_is_a_share_of_connections() {
        let hit = |toxicity| (0..1000).filter(|conn| hits(&mut generator(1, *conn, "t"), toxicity)).count();
        assert_eq!(hit(0.0), 0);
        assert_eq!(hit(1.0), 1000);
        assert!((200..300).contains(&hit(0.25)), "{}", hit(0.25));
    }
}
