//! What is told to whoever observes the platform.

use std::sync::Arc;

use pitfall_model::What;
use serde::{Deserialize, Serialize};

/// Something that happened at the platform: a request, an alert, a ban, an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The link it came by.
    pub link: String,
    /// The order, or the window of orders, it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

pub(crate) type Observer = Arc<dyn Fn(Seen) + Send + Sync>;
