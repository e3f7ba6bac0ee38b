//! Starting a child: its own process group, its own environment, and a parent-death signal as the net beneath.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::prctl;
use nix::sys::signal::Signal;

use super::OWNER;
use crate::wire::{Output, Spawn};

/// Starts it and returns its process id. Must be called on the server's only thread.
pub(super) fn start(spawn: &Spawn, owner: &str) -> Result<i32, String> {
    let cwd = spawn.cwd.as_deref().unwrap_or(Path::new("/"));
    if !cwd.is_dir() {
        return Err(format!("its working directory {} does not exist", cwd.display()));
    }
    let mut command = Command::new(&spawn.program);
    command
        .args(&spawn.args)
        .env_clear()
        .envs(spawn.env.iter().map(|(key, value)| (key, value)))
        .env(OWNER, owner)
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(output(&spawn.stdout)?)
        .stderr(output(&spawn.stderr)?)
        .process_group(0);
    die_with_this_thread(&mut command);
    match command.spawn() {
        // Dropping the handle neither waits nor kills: all children are reaped in one place.
        Ok(child) => Ok(child.id() as i32),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "{} was not found, neither as a path nor in PATH ({}), or the interpreter of its first line is missing",
            spawn.program,
            spawn.env.iter().find(|(key, _)| key == "PATH").map_or("not set", |(_, value)| value)
        )),
        Err(error) => Err(format!("{}: {error}", spawn.program)),
    }
}

fn output(output: &Output) -> Result<Stdio, String> {
    match output {
        Output::Null => Ok(Stdio::null()),
        Output::File(path) => open(path).map(Stdio::from).map_err(|error| match error.raw_os_error() {
            Some(nix::libc::ENXIO) => format!("nobody has opened the FIFO {} for reading", path.display()),
            _ => format!("cannot open {} for its output: {error}", path.display()),
        }),
    }
}

/// Opens without waiting (a FIFO without a reader would block the warden), then lets the child block as it expects to.
fn open(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().append(true).create(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    let flags = OFlag::from_bits_truncate(fcntl(&file, FcntlArg::F_GETFL)?);
    fcntl(&file, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(file)
}

/// SIGKILL for the child when the calling *thread* ends: call it, and spawn, on the main thread of a process only.
#[allow(unsafe_code)]
pub(super) fn die_with_this_thread(command: &mut Command) {
    let parent = nix::unistd::getpid();
    let hook = move || {
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        // It may have ended before the signal was set.
        if nix::unistd::getppid() == parent {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(nix::libc::ESRCH))
        }
    };
    // SAFETY: between fork and exec the hook calls prctl(2) and getppid(2) only: async-signal-safe, no allocation, no lock.
    unsafe { command.pre_exec(hook) };
}
