//! The supervisor process that owns servers and consumers.
//!
//! What is spawned through a [`Warden`] dies with the client that asked for it, however that client ends. The warden is the
//! current executable started again, so `main` begins with [`become_warden_if_asked`]. See the README beside this crate for
//! what holds in which case. Linux only: it relies on `/proc` and subreapers.

#![cfg_attr(test, allow(clippy::expect_used))]

mod client;
mod connect;
mod error;
mod place;
mod process;
mod serve;
mod share;
mod wire;

pub use client::Warden;
pub use error::WardenError;
pub use nix::sys::signal::Signal;
pub use process::Process;
pub use serve::become_warden_if_asked;
pub use share::{Lease, Share};
pub use wire::{Exit, Output, Owner, Spawn};
