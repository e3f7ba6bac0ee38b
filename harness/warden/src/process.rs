//! A process that the warden runs for a client.

use nix::sys::signal::Signal;
use tokio::sync::watch;

use crate::client::Warden;
use crate::error::WardenError;
use crate::wire::{Call, Exit};

/// A handle to a process; clones refer to the same one. Dropping it does not end the process: its owner's end does, or
/// [`kill`](Process::kill).
#[derive(Clone, Debug)]
pub struct Process {
    warden: Warden,
    pid: i32,
    exit: watch::Receiver<Option<Exit>>,
}

impl Process {
    pub(crate) fn new(warden: Warden, pid: i32, exit: watch::Receiver<Option<Exit>>) -> Self {
        Process { warden, pid, exit }
    }

    /// Its process id, which is also the id of its process group.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends a signal to its process group, as a terminal would. A process that has ended gets nothing, and that is no error. At
    /// SIGSTOP returns when every process of the group stands still.
    ///
    /// # Errors
    /// When the warden is gone, or something in the group does not stop (stuck in the kernel) within 10 s.
    pub async fn signal(&self, signal: Signal) -> Result<(), WardenError> {
        self.warden.ask(Call::Signal { pid: self.pid, signal: signal as i32 }).await.map(drop)
    }

    /// SIGKILL to its process group, after its grace if it was given one; returns when every process of the group is dead, so its
    /// ports are free.
    ///
    /// # Errors
    /// When the warden is gone, or something in the group does not die (stuck in the kernel) within 10 s.
    pub async fn kill(&self) -> Result<(), WardenError> {
        self.warden.ask(Call::Kill { pid: self.pid }).await.map(drop)
    }

    /// How it ended; waits for the end. May be awaited often and by many clones.
    pub async fn exited(&self) -> Exit {
        let mut exit = self.exit.clone();
        let ended = exit.wait_for(Option::is_some).await;
        ended.ok().and_then(|exit| *exit).unwrap_or(Exit::Lost)
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }
}
