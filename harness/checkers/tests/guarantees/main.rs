//! Every anomaly on a literal history that shows it, and on a near miss that does not.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

mod bounds;
mod completeness;
mod convergence;
mod documented;
mod idempotency;
mod literal;
mod no_loss;
mod order;
mod outcome;
mod progress;
mod properties;
