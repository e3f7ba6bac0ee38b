//! The warden's own side: what runs when the executable is started again with the hidden argument.

mod children;
mod guard;
mod server;
mod session;
mod shares;
mod state;
mod tree;

use std::fmt::Arguments;
use std::io::Write;
use std::path::Path;

/// The hidden argument.
pub(crate) const ARGUMENT: &str = "--pitfall-warden";
/// Set in the warden's environment, so that a program that forgets to become one cannot start wardens without end.
pub(crate) const STARTED: &str = "PITFALL_WARDEN_STARTED";
/// Set in each child's environment: tells whose a process is after it left its parent, group and session.
pub(crate) const OWNER: &str = "PITFALL_OWNER";

/// Writes a line to the warden's log. Unlike `eprintln!` it does not panic when that cannot be written: with a full disk, what
/// the warden owns must still be ended.
pub(crate) fn log(line: Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The first call in `main`: if this process was started as the warden, serves until its last client is gone, then exits and
/// never returns. Otherwise returns at once.
///
/// Must come before any thread is started and before any argument is parsed.
pub fn become_warden_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != ARGUMENT) {
        return;
    }
    let rest: Vec<_> = arguments.collect();
    let outcome = match rest.as_slice() {
        [role, socket, scratch] if role == "guard" => guard::run(Path::new(socket), Path::new(scratch)),
        [role, socket, scratch] if role == "serve" => server::run(Path::new(socket), Path::new(scratch)),
        _ => Err(std::io::Error::other(format!("{ARGUMENT} is for internal use; got {rest:?}"))),
    };
    match outcome {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            log(format_args!("warden {}: {error}", std::process::id()));
            std::process::exit(1);
        }
    }
}
