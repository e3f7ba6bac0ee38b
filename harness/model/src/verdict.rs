//! Verdicts: what was judged, what was found, and by which evidence.

use serde::{Deserialize, Serialize};

use crate::{anomaly::Anomaly, event::Event, guarantee::Guarantee};

/// One anomaly, shown by the smallest evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// Which anomaly.
    pub anomaly: Anomaly,
    /// Of which order, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The finding as one sentence.
    pub sentence: String,
    /// The events that show it, in order.
    pub evidence: Vec<Event>,
}

/// What a checker found: a pure function of the history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How much was judged.
    pub judged: usize,
    /// What was counted: `orders`, `messages`.
    pub unit: String,
    /// Every violation found.
    pub violations: Vec<Violation>,
    /// What stays open, in words: an outcome nobody saw. Makes the guarantee inconclusive unless it is violated.
    pub unknown: Vec<String>,
}

/// The state of one guarantee after a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Verdict {
    /// Judged on enough, nothing found.
    Holds,
    /// At least one violation.
    Violated,
    /// Neither can be said.
    Inconclusive {
        /// Why.
        reason: String,
    },
}

/// A guarantee's verdict with all that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Which guarantee.
    pub guarantee: Guarantee,
    /// Whether the variant promises it (or is judged on it, where it expects anomalies).
    pub promised: bool,
    /// The verdict.
    pub verdict: Verdict,
    /// The declared minimum: fewer judged than this makes it inconclusive.
    #[serde(default)]
    pub at_least: usize,
    /// What it rests on.
    pub finding: Finding,
}

/// Whether a variant did what it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Outcome {
    /// It showed exactly what it declares.
    AsDeclared,
    /// It did not.
    Failed {
        /// Each reason, as a sentence.
        reasons: Vec<String>,
    },
    /// It cannot be said; counts as a failure.
    Inconclusive {
        /// Each reason, as a sentence.
        reasons: Vec<String>,
    },
}

/// The verdict on a whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunVerdict {
    /// `system::ID-name::variant`.
    pub name: String,
    /// Whether the variant did what it declares.
    pub outcome: Outcome,
    /// The anomalies the variant declares.
    pub expected: Vec<Anomaly>,
    /// The anomalies shown by what it is judged on, with how often.
    pub shown: Vec<(Anomaly, usize)>,
    /// Each guarantee.
    pub judgements: Vec<Judgement>,
    /// Each fault with its proof, if it was seen.
    pub faults: Vec<FaultProof>,
    /// What this run could not see.
    pub not_seen: Vec<String>,
}

/// Whether a fault bit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultProof {
    /// The fault's name.
    pub fault: String,
    /// What proved it; `None` where nothing did.
    pub by: Option<String>,
}
