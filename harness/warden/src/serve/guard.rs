//! The guard: starts the server, and cleans up after it however it ends.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setsid};

use super::{ARGUMENT, children, log, tree};
use crate::place;

/// How long something below may take to die of SIGKILL (a core dump, a slow disk) before it is left behind.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) fn run(socket: &Path, all_scratch: &Path) -> io::Result<()> {
    setsid()?;
    prctl::set_child_subreaper(true)?;
    let signals: SigSet =
        [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP].into_iter().collect();
    signals.thread_block()?;
    let (scratch, _marker) = place::claim_scratch(all_scratch)?;

    let mut command = Command::new("/proc/self/exe");
    command.args([ARGUMENT, "serve"]).arg(socket).arg(&scratch);
    children::die_with_this_thread(&mut command);
    let server = command.spawn().map(|child| Pid::from_raw(child.id() as i32));
    let outcome = server.and_then(|server| watch(server, &signals));

    bury();
    std::fs::remove_dir_all(&scratch)?;
    remove_abandoned(socket)?;
    outcome
}

/// Removes the socket if nobody listens there: the server removes its own, and a successor may have made another. Under the
/// starters' lock, or a successor's could take the name between the look and the removal.
fn remove_abandoned(socket: &Path) -> io::Result<()> {
    let lock = std::fs::File::create(place::lock_of(socket))?;
    lock.lock()?;
    match UnixStream::connect(socket) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(socket),
        _ => Ok(()),
    }
}

/// Waits for the server's end; hands it the signals that ask for it.
fn watch(server: Pid, signals: &SigSet) -> io::Result<()> {
    loop {
        match signals.wait()? {
            Signal::SIGCHLD => match waitpid(server, Some(WaitPidFlag::WNOHANG))? {
                WaitStatus::Exited(_, 0) => return Ok(()),
                end @ (WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => {
                    return Err(io::Error::other(format!("the server ended: {end:?}")));
                }
                _ => {}
            },
            signal => kill(server, signal)?,
        }
    }
}

/// Kills and reaps all that the server left: as subreaper the guard has inherited it.
fn bury() {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        let left: Vec<_> = tree::descendants().into_iter().filter(|process| !process.dead).collect();
        for process in &left {
            // An error means that it died meanwhile.
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
        while matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(status) if status != WaitStatus::StillAlive)
        {
        }
        if left.is_empty() && waitpid(None, Some(WaitPidFlag::WNOHANG)) == Err(Errno::ECHILD) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    log(format_args!("guard {}: gave up on {:?}", std::process::id(), tree::descendants()));
}
