//! A position in a server's binlog: file and offset, ordered as the server writes them.

use std::{cmp::Ordering, fmt};

/// Everything before it has been logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) file: String,
    pub(super) offset: u64,
}

impl Position {
    /// `binlog.000009` comes before `binlog.000010`, and `binlog.999999` before `binlog.1000000`.
    fn rank(&self) -> (usize, &str, u64) {
        (self.file.len(), &self.file, self.offset)
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, offset: u64) -> Position {
        Position { file: file.into(), offset }
    }

    #[test]
    fn files_count_before_offsets_and_roll_over() {
        let ordered = [at("b.000009", 900), at("b.000010", 4), at("b.000010", 300), at("b.1000000", 4)];
        assert!(ordered.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ordered[1].to_string(), "b.000010:4");
    }
}
