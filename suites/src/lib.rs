//! Incidents as scenarios. The code is in `tests/chaos.rs`; the scenarios are the TOML files beside it.
