//! A real client (reqwest) and real servers (hyper by way of axum, and wiremock) through an HTTP link.

#![allow(clippy::unwrap_used)] // it is all test
mod bench;
mod by_hand;
mod faults;
mod passing;
