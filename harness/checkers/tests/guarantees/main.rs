//! Every anomaly on a literal history that shows it, and on a near miss that does not.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

mod accounting;
mod balance;
mod bounds;
mod compatibility;
mod completeness;
mod convergence;
mod documented;
mod environment_isolation;
mod from_file;
mod idempotency;
mod literal;
mod literal_world;
mod liveness;
mod needs;
mod no_loss;
mod offsets;
mod order;
mod outcome;
mod progress;
mod properties;
mod properties_world;
