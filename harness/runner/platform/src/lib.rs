//! The mocked platform: in this process, or a program of its own that is held from here.
//!
//! [`Platform`] is the one face over both. What happens there is told, as [`Seen`], to the observer it was made with.

// A test may panic: that is how it fails.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answers;
mod asked;
mod config;
mod control;
mod delays;
mod error;
mod failures;
mod follower;
mod limiter;
mod log;
mod mock;
mod nodes;
mod once;
mod platform;
mod program;
mod remote;
mod seen;
mod wire;

pub use config::{Config, ConfigError, VARIABLE};
pub use error::PlatformError;
pub use platform::{Platform, Slow};
pub use program::{Ports, Program};
pub use seen::Seen;
