//! Guarantees: pure functions of a history. [`judge()`] is the whole face; each guarantee's module doc is its definition.

mod accounting;
mod balance;
mod by_name;
mod calls_by_order;
mod circumstances;
mod commits;
mod compatibility;
pub mod completeness;
pub mod convergence;
pub mod dead_letter;
mod effects;
mod environment_isolation;
pub mod facts;
mod found;
mod hand_overs;
pub mod idempotency;
mod judge;
mod judgement;
mod live_rows;
mod liveness;
mod map;
pub mod mutual_exclusion;
mod needs;
pub mod no_loss;
pub mod order;
mod outcome;
pub mod progress;
mod published;
pub mod registry;
pub mod retry_contract;
mod unseen;

pub use judge::{NOT_SEEN, judge, judge_facts};
pub use needs::needs;
