//! Verdicts and history, for people: terminal lines, evidence, snapshots, Markdown. Pure functions to text.

mod date;
mod describe;
mod escape;
mod evidence;
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
pub use evidence::evidence;
pub use markdown::markdown;
pub use matrix::matrix;
pub use snapshot::snapshot;
pub use summary::RunSummary;
pub use sweep::{SweptPoint, sweep_lines};
pub use terminal::terminal_line;
