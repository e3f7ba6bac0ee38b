//! Verdicts and history, for people: terminal lines, evidence, snapshots, Markdown. Pure functions to text.

mod date;
mod describe;
mod difference;
mod escape;
mod evidence;
mod incident;
mod json;
mod markdown;
mod matrix;
mod name;
mod normalize;
mod section;
mod snapshot;
mod summary;
mod sweep;
mod terminal;

pub use describe::describe;
pub use difference::difference;
pub use evidence::evidence;
pub use incident::{Incident, incident_index, incidents};
pub use json::verdict_json;
pub use markdown::markdown;
pub use matrix::matrix;
pub use snapshot::snapshot;
pub use summary::RunSummary;
pub use sweep::{SweptPoint, sweep_lines};
pub use terminal::terminal_line;
