//! Pitfall: an end-to-end test harness and chaos suite for systems that consume Kafka and write MySQL.
//!
//! A test target of your own (`harness = false`) runs your scenario files against your system:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     pitfall::chaos("chaos/")
//! }
//! ```
//!
//! Beside the scenarios in `chaos/` stands a `pitfall.toml` that describes the system. See `docs/scenarios.md`.

mod chaos;
mod command_line;
mod load;
mod session;
mod snapshot;
mod sweep;
mod trial;

pub use chaos::{Chaos, chaos};
pub use pitfall_checkers as checkers;
pub use pitfall_model as model;
pub use pitfall_report as report;
pub use pitfall_runner as runner;
