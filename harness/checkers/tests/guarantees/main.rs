//! Every anomaly on a literal history that shows it, and on a near miss that does not.

#![allow(clippy::expect_used, reason = "a test says what it rests on by failing")]

mod availability;
mod backpressure;
mod bounds;
mod completeness;
mod convergence;
mod documented;
mod economy;
mod idempotency;
mod isolation;
mod latency;
mod literal;
mod literal_times;
mod no_loss;
mod order;
mod outcome;
mod progress;
mod properties;
mod properties_of_time;
