//! `cargo test --test chaos`: every scenario of this folder as a test for each variant.

use std::process::ExitCode;

fn main() -> ExitCode {
    pitfall::Chaos::new(".").systems("../fixtures").run()
}
