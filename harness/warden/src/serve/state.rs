//! What the server knows: clients, processes, shares. One thread owns it; no borrow lives across an await.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::shares::Shares;
use super::tree::{self, Entry};
use super::{OWNER, children, log};
use crate::wire::{Exit, Message, Owner, Spawn};

/// How long something may take to die of SIGKILL, or to stop at SIGSTOP.
const LIMIT: Duration = Duration::from_secs(10);

/// Between two looks at processes that are to die or to stop.
const LOOK: Duration = Duration::from_millis(1);

/// The server's whole memory.
pub(super) struct State {
    /// Who is connected, and where to write to them.
    pub(super) clients: RefCell<HashMap<u64, UnboundedSender<Message>>>,
    processes: RefCell<HashMap<i32, Record>>,
    pub(super) shares: RefCell<Shares>,
    scratch: PathBuf,
    directories: Cell<u64>,
    /// Set when the last client leaves, and when one comes.
    pub(super) clients_changed: Notify,
    /// The server ends: whoever greets now must look for the next one.
    pub(super) leaving: Cell<bool>,
}

struct Record {
    owner: String,
    exit: Option<Exit>,
    watchers: Vec<u64>,
    grace: Option<Duration>,
    /// When it was asked to end.
    asked: Option<Instant>,
}

impl State {
    pub(super) fn new(scratch: &Path) -> Rc<State> {
        Rc::new(State {
            clients: RefCell::default(),
            processes: RefCell::default(),
            shares: RefCell::default(),
            scratch: scratch.to_owned(),
            directories: Cell::new(0),
            clients_changed: Notify::new(),
            leaving: Cell::new(false),
        })
    }

    /// The owner's tag: in the environment of its processes and in the path of its scratch.
    pub(super) fn tag(&self, client: u64, owner: &Owner) -> Result<String, String> {
        match owner {
            Owner::Client => Ok(client_tag(client)),
            Owner::Share(key) => self.shares.borrow().tag(key).ok_or(format!("there is no share {key}")),
        }
    }

    pub(super) fn spawn(&self, client: u64, spawn: &Spawn) -> Result<i32, String> {
        let owner = self.tag(client, &spawn.owner)?;
        let pid = children::start(spawn, &owner)?;
        self.processes.borrow_mut().insert(
            pid,
            Record { owner, exit: None, watchers: vec![client], grace: spawn.grace, asked: None },
        );
        Ok(pid)
    }

    /// Adds a watcher; how the process ended, if it has.
    pub(super) fn attach(&self, client: u64, pid: i32) -> Result<Option<Exit>, String> {
        let mut processes = self.processes.borrow_mut();
        let record = processes.get_mut(&pid).ok_or("it was not started by this warden")?;
        record.watchers.push(client);
        Ok(record.exit)
    }

    /// At SIGSTOP returns when the whole group stands still: until each of its processes comes to run, its other threads work on.
    pub(super) async fn signal(&self, pid: i32, signal: i32) -> Result<(), String> {
        self.send(pid, signal)?;
        if signal != Signal::SIGSTOP as i32 {
            return Ok(());
        }
        let deadline = Instant::now() + LIMIT;
        loop {
            let group = tree::descendants().into_iter().filter(|entry| entry.group == pid);
            let moving: Vec<Entry> = group.filter(|entry| !tree::stands_still(entry.pid)).collect();
            if moving.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("these did not stop within {} s: {moving:?}", LIMIT.as_secs()));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn send(&self, pid: i32, signal: i32) -> Result<(), String> {
        let processes = self.processes.borrow();
        let record = processes.get(&pid).ok_or("it was not started by this warden")?;
        if record.exit.is_some() {
            return Ok(());
        }
        let signal = Signal::try_from(signal).map_err(|error| error.to_string())?;
        killpg(Pid::from_raw(pid), signal).map_err(|error| error.to_string())
    }

    pub(super) async fn kill(&self, pid: i32) -> Result<(), String> {
        let has_grace = self.processes.borrow().get(&pid).is_some_and(|record| record.grace.is_some());
        if !has_grace {
            // All at once: one that sees another die could still act on it.
            self.send(pid, Signal::SIGKILL as i32)?;
        }
        self.end(|entry, _| entry.group == pid).await
    }

    /// Kills all processes of an owner and removes its scratch.
    pub(super) async fn release(&self, owner: &str) -> Result<(), String> {
        let outcome = self.end(|entry, below| self.owner_of(entry, below).as_deref() == Some(owner)).await;
        self.processes.borrow_mut().retain(|_, record| record.owner != owner || record.exit.is_none());
        let directory = self.scratch.join(owner);
        // Off this thread: others wait for their exits to be told.
        let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(directory)).await;
        match removed {
            Ok(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                log(format_args!("scratch of {owner}: {error}"))
            }
            _ => {}
        }
        outcome
    }

    /// Kills everything.
    pub(super) async fn end_all(&self) -> Result<(), String> {
        self.end(|_, _| true).await
    }

    /// Kills what `chosen` picks among all processes below, until none of it lives. What was promised a grace is asked first.
    async fn end(&self, chosen: impl Fn(&Entry, &HashMap<i32, Entry>) -> bool) -> Result<(), String> {
        let mut deadline = Instant::now() + LIMIT;
        loop {
            self.reap();
            let below: HashMap<i32, Entry> =
                tree::descendants().into_iter().map(|entry| (entry.pid, entry)).collect();
            let left: Vec<&Entry> =
                below.values().filter(|entry| !entry.dead && chosen(entry, &below)).collect();
            if left.is_empty() {
                self.reap();
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("these did not die of SIGKILL within {} s: {left:?}", LIMIT.as_secs()));
            }
            for entry in left {
                match self.grace_of(entry, &below) {
                    Some(until) => deadline = deadline.max(until + LIMIT),
                    // An error means that it died meanwhile.
                    None => drop(kill(Pid::from_raw(entry.pid), Signal::SIGKILL)),
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Until when a process may live that is to end: it, or what it descends from, has a grace. Asks when it hears of it first.
    fn grace_of(&self, entry: &Entry, below: &HashMap<i32, Entry>) -> Option<Instant> {
        let mut processes = self.processes.borrow_mut();
        let mut next = Some(entry);
        while let Some(ancestor) = next {
            if let Some(record) = processes.get_mut(&ancestor.pid).filter(|record| record.exit.is_none()) {
                let grace = record.grace?;
                let asked = *record.asked.get_or_insert_with(|| {
                    // An error means that it died meanwhile.
                    let _ = kill(Pid::from_raw(ancestor.pid), Signal::SIGTERM);
                    Instant::now()
                });
                return Some(asked + grace).filter(|until| Instant::now() < *until);
            }
            next = below.get(&ancestor.parent);
        }
        None
    }

    /// Whose process this is: of the nearest ancestor that was spawned for someone; for one that has left its parents, by its
    /// group, its session, or the tag in its environment.
    fn owner_of(&self, entry: &Entry, below: &HashMap<i32, Entry>) -> Option<String> {
        let processes = self.processes.borrow();
        let living = |pid: i32| processes.get(&pid).filter(|record| record.exit.is_none());
        let mut next = Some(entry);
        while let Some(ancestor) = next {
            if let Some(record) = living(ancestor.pid) {
                return Some(record.owner.clone());
            }
            next = below.get(&ancestor.parent);
        }
        let by_number = processes.get(&entry.group).or_else(|| processes.get(&entry.session));
        tree::variable(entry.pid, OWNER).or_else(|| by_number.map(|record| record.owner.clone()))
    }

    /// Reaps all that has ended, orphans too, and tells those who watch.
    pub(super) fn reap(&self) {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            let (pid, exit) = match status {
                WaitStatus::Exited(pid, code) => (pid.as_raw(), Exit::Code(code)),
                WaitStatus::Signaled(pid, signal, _) => (pid.as_raw(), Exit::Signal(signal as i32)),
                _ => return,
            };
            let mut processes = self.processes.borrow_mut();
            let Some(record) = processes.get_mut(&pid).filter(|record| record.exit.is_none()) else {
                continue;
            };
            record.exit = Some(exit);
            let clients = self.clients.borrow();
            for client in record.watchers.drain(..).filter_map(|client| clients.get(&client)) {
                // An error means that the client is gone.
                let _ = client.send(Message::Exited { pid, exit });
            }
            self.shares.borrow_mut().process_ended(&record.owner);
        }
    }

    /// A new directory of this owner.
    pub(super) fn directory(&self, client: u64, owner: &Owner, prefix: &str) -> Result<PathBuf, String> {
        if prefix.contains('/') {
            return Err(format!("the prefix {prefix} is a path"));
        }
        let number = self.directories.replace(self.directories.get() + 1);
        let path = self.scratch.join(self.tag(client, owner)?).join(format!("{prefix}-{number}"));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

pub(super) fn client_tag(client: u64) -> String {
    format!("client-{client}")
}
