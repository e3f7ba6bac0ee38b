//! What judging a run needs beside its history: all of it stands in the run's `plan.json`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{
    anomaly::Anomaly,
    effect::{Effect, TableEffect},
    guarantee::{Guarantee, Guarantees},
};

/// What a run is judged on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Judging {
    /// The guarantees with their bounds.
    pub guarantees: Guarantees,
    /// Where effects show, by name.
    pub effects: IndexMap<String, Effect>,
    /// Tables of the source of truth, by name.
    pub truth: IndexMap<String, TableEffect>,
    /// The anomalies the variant declares; it must show each, and nothing outside what they imply.
    pub expect: Vec<Anomaly>,
    /// The guarantees that decide the verdict. The others are shown as observations.
    pub promises: Vec<Guarantee>,
    /// The faults that must have proved that they bit.
    pub must_prove: Vec<String>,
    /// Those among them that need not begin; one that did must have proved itself all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_not_come: Vec<String>,
    /// A stall of the harness beyond this makes violations that depend on time inconclusive, milliseconds.
    pub stall_bound_ms: u64,
}
