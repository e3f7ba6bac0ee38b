//! `cargo test --test zoo`: every animal in its habitats, and the matrix of what the judge sees.

use std::process::ExitCode;

fn main() -> ExitCode {
    pitfall::Chaos::new("../fixtures/zoo/habitats").systems("../fixtures/zoo").matrix().run()
}
