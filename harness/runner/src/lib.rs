//! A plan made real: environment, links, system under test, workload, faults, history.
//!
//! [`Engine`] holds what many runs of one process share; [`Engine::run`] makes one plan real and leaves a
//! run directory: `plan.json`, `history.jsonl`, the processes' logs.

mod broker;
mod build;
mod cluster;
mod database;
mod engine;
mod error;
mod faults;
mod fill;
mod gate;
mod generate;
mod leave;
mod links;
mod names;
mod platform;
mod reading;
mod replication;
mod run;
mod servers;
mod settings;
mod settle;
mod speech;
mod system;
mod taps;
mod triggers;
mod values;
mod wait;
mod workload;

pub use engine::{Engine, Recorded};
pub use error::RunError;
pub use pitfall_environment::Environment;
pub use replication::become_helper_if_asked;
pub use settings::Settings;
