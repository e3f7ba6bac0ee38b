//! Numbers into lines.

/// The median.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let at = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[at] } else { (sorted[at - 1] + sorted[at]) / 2.0 }
}

/// The value below which so many hundredths are.
pub(crate) fn percentile(values: &[f64], hundredths: usize) -> f64 {
    let sorted = sorted(values);
    sorted[(sorted.len() * hundredths / 100).min(sorted.len() - 1)]
}

/// Prints one value for each round, and their median.
pub(crate) fn row(name: &str, values: &[f64], digits: usize) {
    let all: Vec<String> = values.iter().map(|value| format!("{value:.digits$}")).collect();
    println!("    {name}: {}; median {:.digits$}", all.join(" "), median(values));
}

/// What is asked of the median of the rounds.
pub(crate) enum Asked {
    AtLeast(f64),
    AtMost(f64),
}

/// Prints what came out round by round, what is asked, and whether that is so.
pub(crate) fn verdict(name: &str, values: &[f64], asked: &Asked) {
    let (sorted, median) = (sorted(values), median(values));
    let (words, limit, met) = match asked {
        Asked::AtLeast(limit) => ("at least", limit, median >= *limit),
        Asked::AtMost(limit) => ("at most", limit, median <= *limit),
    };
    let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
    let met = if met { "met" } else { "NOT MET" };
    println!(
        "  {name}: turn by turn min {min:.2}, median {median:.2}, max {max:.2}; asked: {words} {limit}: {met}"
    );
}

/// Both by both, round by round.
pub(crate) fn each(left: &[f64], right: &[f64], of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| of(*left, *right)).collect()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
