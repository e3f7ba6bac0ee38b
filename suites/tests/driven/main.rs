//! The chaos test target driven as a person would: from outside, on throw-away copies of scenarios.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod brokers;
mod command_line;
mod endings;
mod faults;
mod pages;
#[allow(dead_code, reason = "other tests use the rest of it")]
mod project;
mod systems;
mod verdicts;
mod zoo;
