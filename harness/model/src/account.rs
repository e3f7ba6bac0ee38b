//! What a scenario tells of an incident, for people to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a scenario tells of its incident, and of one variant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// What happened, in a few lines.
    pub story: String,
    /// Why it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What this variant is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// This variant's own environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub switches: BTreeMap<String, String>,
    /// Title of the document that tells it.
    pub source: String,
    /// When it happened, as the scenario writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}
