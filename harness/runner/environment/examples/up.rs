//! Starts an environment, prints its parts, and keeps it until Ctrl-C (or ends at once with `--once`: a benchmark).

use std::process::ExitCode;
use std::time::Instant;

use pitfall_environment::{Environment, direct};

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    pitfall_environment::become_holder_if_asked();
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(up())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn up() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let warden = pitfall_warden::Warden::connect().await?;
    println!("warden {} after {:.0?}", warden.pid(), start.elapsed());
    let environment =
        Environment::chosen()?.start_shared(&warden, &|what| println!("{what}"), &direct).await?;
    println!("{}", environment.versions);
    for part in &environment.parts {
        println!("  {part}");
    }
    println!(
        "ready in {} ms ({} ms with the warden)",
        environment.ready_in.as_millis(),
        start.elapsed().as_millis()
    );
    println!("kafka   {}", environment.kafka.address);
    println!("source  {}", environment.pair.source.url(&environment.pair.harness, ""));
    println!("replica {}", environment.pair.replica.url(&environment.pair.harness, ""));
    if std::env::args().nth(1).as_deref() != Some("--once") {
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}
