//! Guarantees: pure functions of a history. [`judge()`] is the whole face; each guarantee's module doc is its definition.

mod by_name;
mod circumstances;
mod commits;
pub mod completeness;
pub mod convergence;
mod effects;
pub mod facts;
mod found;
pub mod idempotency;
mod judge;
mod judgement;
mod live_rows;
mod map;
pub mod no_loss;
pub mod order;
mod outcome;
pub mod progress;
mod published;
pub mod registry;

pub use judge::{NOT_SEEN, judge, judge_facts};
