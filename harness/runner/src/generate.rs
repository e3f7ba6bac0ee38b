//! Seeded values in actions' bodies: functions of seed, order and placeholder alone.

use pitfall_model::Drawn;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NAMES: &[&str] = &["noodles", "soup", "dumplings", "rice", "tofu", "greens", "duck", "tea"];

/// The value of `number:MIN-MAX` or `names:MIN-MAX` for an order, as JSON; `None` for any other placeholder.
pub(crate) fn value(placeholder: &str, seed: u64, order: u64) -> Option<String> {
    let drawn = Drawn::parse(placeholder)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ order.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    match drawn {
        Drawn::Number(range) => Some(random.random_range(range).to_string()),
        Drawn::Names(range) => {
            let number = random.random_range(range);
            let names: Vec<&str> = (0..number).map(|_| NAMES[random.random_range(0..NAMES.len())]).collect();
            serde_json::to_string(&names).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_value_is_a_function_of_seed_and_order() {
        assert_eq!(value("names:1-4", 7, 17), value("names:1-4", 7, 17));
        let different =
            (0..32).filter(|seed| value("names:1-4", *seed, 17) != value("names:1-4", 7, 17)).count();
        assert!(different > 20);
        assert_eq!(value("number:3-3", 1, 1).as_deref(), Some("3"));
        assert_eq!(value("topic.order", 1, 1), None);
    }
}
