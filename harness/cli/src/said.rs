//! What a command says, and its exit code.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use pitfall_model::Outcome;

/// What a command has to say: to be told at once, so that a command is a function.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// For the standard output.
    pub(crate) out: String,
    /// For the standard error.
    pub(crate) err: String,
    /// The exit code; of several parts, the highest.
    pub(crate) code: u8,
}

/// What is asked cannot be done: bad input.
pub(crate) const CANNOT: u8 = 3;

/// The exit code of a run that ended so.
pub(crate) fn code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::AsDeclared => 0,
        Outcome::Failed { .. } => 1,
        Outcome::Inconclusive { .. } => 2,
    }
}

impl Said {
    /// Help that was asked for, or what is wrong with the command line.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        match error.exit_code() {
            0 => Self { out: text, ..Self::default() },
            // Not clap's own 2, which says here that a run is inconclusive.
            _ => Self { err: text, code: CANNOT, ..Self::default() },
        }
    }

    /// Tells it. A reader who has gone has heard enough: that is no error.
    pub(crate) fn tell(self) -> ExitCode {
        let told = io::stdout().write_all(self.out.as_bytes()).and_then(|()| io::stdout().flush());
        // Where the standard error cannot be written either, nobody is left to be told.
        let _ = io::stderr().write_all(self.err.as_bytes());
        match told {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let _ = writeln!(io::stderr(), "pitfall: the standard output cannot be written: {error}");
                ExitCode::from(CANNOT)
            }
            _ => ExitCode::from(self.code),
        }
    }
}
