//! A verdict as `verdict.json`, beside the history that it is a verdict on.

use pitfall_model::RunVerdict;

/// The whole text of the file. The same verdict gives the same text, to the byte.
///
/// # Errors
/// Where a value has no form in JSON; none of a history is such a value.
pub fn verdict_json(verdict: &RunVerdict) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(verdict)? + "\n")
}
