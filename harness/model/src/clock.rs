//! How times of the run's clock are written for people.

/// Nanoseconds as seconds to the millisecond, with a sign: `+1.234 s`.
pub fn elapsed(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    format!("+{}.{:03} s", milliseconds / 1000, milliseconds % 1000)
}

#[cfg(test)]
mod tests {
    use super::elapsed;

    #[test]
    fn writes_milliseconds() {
        assert_eq!(elapsed(0), "+0.000 s");
        assert_eq!(elapsed(61_034_999_999), "+61.034 s");
    }
}
