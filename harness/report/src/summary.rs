//! The summary of a run: what its `summary.json` holds, and all that a report of many runs needs.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use pitfall_model::{Account, RunVerdict};
use serde::{Deserialize, Serialize};

use crate::sweep::SweptPoint;

/// One run, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The verdict with its evidence; of a sweep, that over all its points, with the evidence of the run without a crash.
    pub verdict: RunVerdict,
    /// Of a sweep: each point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<SweptPoint>,
    /// What the scenario tells.
    #[serde(flatten)]
    pub account: Account,
    /// How many processes each role had.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub instances: IndexMap<String, u32>,
    /// What was scaled, and by how much: `time = 100` means that 1 s here is 100 s there.
    pub scale: BTreeMap<String, f64>,
    /// Everything random came from it.
    pub seed: u64,
    /// When it began, seconds since 1970.
    #[serde(default)]
    pub began: u64,
    /// Server or library to version.
    pub versions: BTreeMap<String, String>,
    /// The run directory.
    pub run_dir: String,
    /// The command line that does it again.
    pub reproduce: String,
    /// The command line that does every variant of its scenario again.
    #[serde(default)]
    pub reproduce_scenario: String,
    /// How long the run took, milliseconds.
    pub took_ms: u64,
    /// How long it took until the environment was ready, milliseconds.
    pub ready_ms: u64,
}
