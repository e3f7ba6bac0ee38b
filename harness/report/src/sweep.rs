//! The points of a crash-point sweep, for people.

use pitfall_model::{Anomaly, Outcome};
use serde::{Deserialize, Serialize};

use crate::evidence::outcome;

/// What came of crashing at one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweptPoint {
    /// `before COMMIT #1`.
    pub point: String,
    /// Whether it is declared to break there.
    pub breaks: bool,
    /// What was shown.
    pub shown: Vec<Anomaly>,
    /// The first finding, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Whether that is as declared.
    pub outcome: Outcome,
    /// The directory of that run.
    pub run_dir: String,
}

/// One line for each point: what it showed, and whether that was declared.
pub fn sweep_lines(points: &[SweptPoint]) -> String {
    let width = points.iter().map(|point| point.point.chars().count()).max().unwrap_or_default();
    let line = |point: &SweptPoint| {
        let shown = shown(point);
        format!("  {:width$}  {shown} — {}", point.point, outcome(&point.outcome))
    };
    points.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `unbroken`, or what was shown.
pub(crate) fn shown(point: &SweptPoint) -> String {
    if point.shown.is_empty() {
        return "unbroken".to_owned();
    }
    point.shown.iter().map(|anomaly| anomaly.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_below_each_other() {
        let point = |point: &str, shown: Vec<Anomaly>| SweptPoint {
            point: point.to_owned(),
            breaks: !shown.is_empty(),
            shown,
            sentence: None,
            outcome: Outcome::AsDeclared,
            run_dir: "runs/1".to_owned(),
        };
        let points = [
            point("before COMMIT #1", vec![]),
            point("after OffsetCommit order/0 #1", vec![Anomaly::LostMessage]),
        ];
        assert_eq!(
            sweep_lines(&points),
            "  before COMMIT #1               unbroken — as declared\n  after OffsetCommit order/0 #1  lost-message — as declared"
        );
    }
}
