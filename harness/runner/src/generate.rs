//! Seeded values in actions' bodies: functions of seed, order and placeholder alone.

use std::ops::RangeInclusive;

use pitfall_model::Drawn;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NAMES: &[&str] = &["noodles", "soup", "dumplings", "rice", "tofu", "greens", "duck", "tea"];

/// The value of a placeholder that is drawn for an order, as JSON; `None` for any other placeholder.
pub(crate) fn value(placeholder: &str, seed: u64, order: u64) -> Option<String> {
    let drawn = Drawn::parse(placeholder)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ order.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    match drawn {
        Drawn::Number(range) => Some(random.random_range(range).to_string()),
        Drawn::Tailed(range) => Some(tailed(&range, random.random()).to_string()),
        Drawn::Names(range) => {
            let number = random.random_range(range);
            let names: Vec<&str> = (0..number).map(|_| NAMES[random.random_range(0..NAMES.len())]).collect();
            serde_json::to_string(&names).ok()
        }
        Drawn::Text(range) => {
            let number = random.random_range(range);
            let letters: String = (0..number).map(|_| random.random_range('a'..='z')).collect();
            serde_json::to_string(&letters).ok()
        }
    }
}

/// Where in the range a chance from 0 to 1 falls, when the nth has the weight n^-1.5.
fn tailed(range: &RangeInclusive<usize>, chance: f64) -> usize {
    let weight = |nth: usize| (nth as f64).powf(-1.5);
    let number = range.end() - range.start() + 1;
    let mut left = chance * (1..=number).map(weight).sum::<f64>();
    let place = (1..number).find(|nth| {
        left -= weight(*nth);
        left < 0.0
    });
    range.start() + place.unwrap_or(number) - 1
}

#[cfg(test)]
mod tests {
    use super::{tailed, value};

    #[test]
    fn a_value_is_a_function_of_seed_and_order() {
        assert_eq!(value("names:1-4", 7, 17), value("names:1-4", 7, 17));
        let different =
            (0..32).filter(|seed| value("names:1-4", *seed, 17) != value("names:1-4", 7, 17)).count();
        assert!(different > 20);
        assert_eq!(value("number:3-3", 1, 1).as_deref(), Some("3"));
        // With its quotes.
        assert_eq!(value("text:1000-1000", 1, 1).map(|text| text.len()), Some(1002));
        assert_eq!(value("topic.order", 1, 1), None);
    }

    #[test]
    fn few_numbers_are_drawn_often() {
        assert_eq!([tailed(&(5..=24), 0.0), tailed(&(5..=24), 1.0), tailed(&(5..=5), 0.7)], [5, 24, 5]);
        // The weights are 1, 0.354, 0.192: of 1.546.
        assert_eq!([0.64, 0.65, 0.87, 0.88].map(|chance| tailed(&(1..=3), chance)), [1, 2, 2, 3]);
        let drawn =
            (1..=1000).filter(|order| value("tailed:1-20", 7, *order).as_deref() == Some("1")).count();
        assert!((400..=520).contains(&drawn), "{drawn} of 1000, 461 are due");
    }
}
