//! Guarantees: pure functions of a history. [`judge()`] is the whole face; each guarantee's module doc is its definition.

mod availability;
mod backpressure;
mod by_name;
mod circumstances;
mod commits;
pub mod completeness;
pub mod convergence;
mod economy;
mod effects;
pub mod facts;
mod found;
pub mod idempotency;
mod isolation;
mod judge;
mod judgement;
mod latency;
mod live_rows;
mod map;
pub mod no_loss;
pub mod order;
mod outcome;
mod platform_calls;
pub mod progress;
mod published;
pub mod registry;
mod waits;

pub use judge::{NOT_SEEN, judge, judge_facts};
