//! The mocked platform as a program; `help.txt` says how it is used.

use std::{error::Error, process::ExitCode};

use pitfall_platform::{Config, Program};
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = include_str!("../help.txt");

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pitfall-platform: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{HELP}");
            return Ok(());
        }
        Some(other) => return Err(format!("unknown argument {other:?}: it takes none (see --help)").into()),
    }
    // In a container it is process 1, which no signal ends that it does not ask for.
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        served = serve() => served,
        _ = terminated.recv() => Ok(()),
        _ = interrupted.recv() => Ok(()),
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let program = Program::start(&Config::from_env()?).await?;
    println!("{}", serde_json::to_string(program.ports())?);
    Ok(program.serve().await?)
}
