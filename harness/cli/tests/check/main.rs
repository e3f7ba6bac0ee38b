//! `pitfall check` on recorded runs, as they are and damaged.

#![allow(clippy::unwrap_used, reason = "a test says what it rests on by failing")]

mod bad_input;
mod command_line;
mod mutated;
mod verdicts;
mod world;
