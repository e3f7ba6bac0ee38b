//! Captures connections of real clients with real servers into `corpus/`, which the tests in `src/corpus/` replay and mutate:
//! `cargo run -p pitfall-proxy --example capture`. What was there is replaced. Needs what `ci/setup` installs.

#[path = "../../tests/kafka_clients/installed.rs"]
#[allow(clippy::unwrap_used, reason = "it belongs to a test")]
mod installed;
mod kafka;
mod mysql;
mod relay;
mod web;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

/// No wait takes so long.
const LIMIT: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    let run = async {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        web::capture(&corpus.join("http")).await?;
        mysql::capture(&corpus.join("mysql")).await?;
        kafka::capture(&corpus.join("kafka")).await
    };
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: Failure = error;
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
