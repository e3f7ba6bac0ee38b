//! The program `pitfall`: commands over what runs have left.

mod check;
mod incidents;
mod run_dir;
mod said;
mod session_dir;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tells what recorded runs show
#[derive(Parser)]
#[command(name = "pitfall", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Incidents(incidents::Incidents),
}

fn main() -> ExitCode {
    let said = match Arguments::try_parse() {
        Ok(Arguments { command: Command::Check(check) }) => check.run(),
        Ok(Arguments { command: Command::Incidents(incidents) }) => incidents.run(),
        Err(error) => said::Said::usage(&error),
    };
    said.tell()
}
