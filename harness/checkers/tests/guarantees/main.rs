//! Every anomaly on a literal history that shows it, and on a near miss that does not.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

mod bounds;
mod completeness;
mod convergence;
mod dead_letter;
mod documented;
mod duplicate_effect;
mod idempotency;
mod literal;
mod literal_calls;
mod mutual_exclusion;
mod no_loss;
mod order;
mod outcome;
mod progress;
mod properties;
mod properties_calls;
mod retry_contract;
mod retry_order;
