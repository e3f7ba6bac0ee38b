//! Measures links: against Toxiproxy, and a Kafka link that reads against one that does not. `ci/bench links` runs it:
//! `links ROUNDS TOXIPROXY JAVA CLASS_PATH`. All that is compared takes turns in one run.

mod broker;
mod crowd;
mod figures;
mod held;
mod memory;
mod paths;
mod perf;
mod requests;
mod small;
mod stream;
mod tools;
mod trips;

use std::error::Error;
use std::process::ExitCode;

use pitfall_warden::Warden;

use broker::Broker;
use paths::Paths;
use tools::Tools;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = async {
        match &arguments[..] {
            [held::SERVE, protocol, upstream] => held::serve(protocol, upstream).await,
            [rounds, toxiproxy, java, class_path] => {
                measure(rounds.parse()?, toxiproxy, Tools::new(java, class_path)).await
            }
            _ => Err("links ROUNDS TOXIPROXY JAVA CLASS_PATH; `ci/bench links` knows them".into()),
        }
    };
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(rounds: usize, toxiproxy: &str, tools: Tools) -> Result<(), Failure> {
    let warden = Warden::connect().await?;
    let paths = Paths::open(&warden, toxiproxy).await?;
    stream::measure(&paths, rounds).await?;
    trips::measure(&paths, rounds).await?;
    crowd::measure().await?;
    memory::measure().await?;
    let broker = Broker::start(&warden, &tools).await?;
    small::measure(&broker, rounds).await?;
    perf::measure(&broker, &tools, rounds).await?;
    broker.close().await
}

/// Runs what blocks on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await?
}
