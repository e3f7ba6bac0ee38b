//! Every anomaly on a literal history that shows it, and on a near miss that does not.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

mod accounting;
mod availability;
mod backpressure;
mod balance;
mod bounds;
mod compatibility;
mod completeness;
mod convergence;
mod damaged;
mod dead_letter;
mod documented;
mod duplicate_effect;
mod economy;
mod environment_isolation;
mod from_file;
mod idempotency;
mod isolation;
mod latency;
mod literal;
mod literal_calls;
mod literal_times;
mod literal_world;
mod liveness;
mod marked;
mod mutual_exclusion;
mod needs;
mod no_loss;
mod offsets;
mod order;
mod outcome;
mod progress;
mod properties;
mod properties_calls;
mod properties_of_time;
mod properties_orders;
mod properties_world;
mod retry_contract;
mod retry_order;
