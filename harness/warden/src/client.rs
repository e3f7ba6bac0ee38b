//! A client's connection to the warden. Its reader is a plain thread, so that it outlives any one tokio runtime.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::connect;
use crate::error::WardenError;
use crate::place::Place;
use crate::process::Process;
use crate::share::{Lease, Share};
use crate::wire::{Answer, Call, Exit, Message, Owner, Request, Spawn};

/// A connection to the user's warden; clones share it. When the last clone (and the last [`Process`] and
/// [`Lease`]) is gone, or this process ends in any way, all that it owns is killed.
#[derive(Clone, Debug)]
pub struct Warden {
    connection: Arc<Connection>,
}

#[derive(Debug)]
struct Connection {
    writer: Mutex<UnixStream>,
    next: AtomicU64,
    tables: Arc<Tables>,
    pid: i32,
    log: PathBuf,
}

/// What the reader thread fills in.
#[derive(Debug, Default)]
struct Tables {
    /// `None` once the connection has ended.
    pending: Mutex<Option<HashMap<u64, Waiter>>>,
    exits: Mutex<HashMap<i32, watch::Sender<Option<Exit>>>>,
}

type Waiter = oneshot::Sender<(Result<Answer, String>, Option<watch::Receiver<Option<Exit>>>)>;

impl Warden {
    /// Connects to this user's warden and starts it if none listens.
    ///
    /// # Errors
    /// When the directory of its socket is not private, or when it does not start: the program's `main` must call
    /// [`become_warden_if_asked`](crate::become_warden_if_asked) first.
    pub async fn connect() -> Result<Warden, WardenError> {
        let place = Place::find()?;
        let log = place.log.clone();
        let connected = tokio::task::spawn_blocking(move || connect::connect(&place))
            .await
            .map_err(|_| WardenError::Lost { tried: "connect".into(), log: log.clone() })??;
        let tables = Arc::new(Tables { pending: Mutex::new(Some(HashMap::new())), ..Tables::default() });
        let filled = Arc::clone(&tables);
        std::thread::spawn(move || filled.read(connected.reader));
        let connection = Connection {
            writer: Mutex::new(connected.stream),
            next: AtomicU64::new(1),
            tables,
            pid: connected.pid,
            log,
        };
        Ok(Warden { connection: Arc::new(connection) })
    }

    /// The process id of the warden's server.
    pub fn pid(&self) -> i32 {
        self.connection.pid
    }

    /// Starts a process. Dropping the [`Process`] does not end it.
    ///
    /// # Errors
    /// When the program or the working directory does not exist, or an output cannot be opened.
    pub async fn spawn(&self, command: Spawn) -> Result<Process, WardenError> {
        self.process(Call::Spawn(command)).await
    }

    /// A handle to a process that another client of the same warden started (one of a share).
    ///
    /// # Errors
    /// When the warden never started a process of this id.
    pub async fn attach(&self, pid: i32) -> Result<Process, WardenError> {
        self.process(Call::Attach { pid }).await
    }

    /// One environment for many processes: the first caller gets [`Share::Start`] and publishes what it started; the others
    /// wait and get [`Share::Ready`]. If the starter ends or drops its lease before publishing, what it spawned for the share
    /// is killed and the next waiter becomes the starter. A share of which a process has ended is killed and started anew.
    ///
    /// # Errors
    /// When the warden is gone.
    pub async fn share(&self, key: &str) -> Result<Share, WardenError> {
        // Made before asking: a caller that stops waiting lets go of what it may have been given meanwhile.
        let lease =
            Lease::new(self.clone(), key.to_owned(), self.connection.next.fetch_add(1, Ordering::Relaxed));
        match self.ask(lease.claim()).await?.0 {
            Answer::Ready(json) => {
                lease.forget();
                Ok(Share::Ready(json))
            }
            _ => Ok(Share::Start(lease)),
        }
    }

    /// A directory that the warden removes when its owner is gone.
    ///
    /// # Errors
    /// When it cannot be made (disk full).
    pub async fn scratch(&self, owner: Owner, prefix: &str) -> Result<PathBuf, WardenError> {
        let call = Call::Scratch { owner, prefix: prefix.to_owned() };
        let tried = call.to_string();
        match self.ask(call).await?.0 {
            Answer::Path(path) => Ok(path),
            other => Err(WardenError::Refused { tried, why: format!("it answered {other:?}") }),
        }
    }

    async fn process(&self, call: Call) -> Result<Process, WardenError> {
        let tried = call.to_string();
        match self.ask(call).await? {
            (Answer::Process { pid, .. }, Some(exit)) => Ok(Process::new(self.clone(), pid, exit)),
            (other, _) => Err(WardenError::Refused { tried, why: format!("it answered {other:?}") }),
        }
    }

    pub(crate) async fn ask(
        &self,
        call: Call,
    ) -> Result<(Answer, Option<watch::Receiver<Option<Exit>>>), WardenError> {
        let tried = call.to_string();
        let lost = || WardenError::Lost { tried: tried.clone(), log: self.connection.log.clone() };
        let (sender, receiver) = oneshot::channel();
        let id = self.connection.next.fetch_add(1, Ordering::Relaxed);
        guarded(&self.connection.tables.pending).as_mut().ok_or_else(lost)?.insert(id, sender);
        self.send(&Request { id, call }).map_err(|_| lost())?;
        let (answer, exit) = receiver.await.map_err(|_| lost())?;
        Ok((answer.map_err(|why| WardenError::Refused { tried: tried.clone(), why })?, exit))
    }

    /// Sends without waiting for the answer: for `Drop`.
    pub(crate) fn tell(&self, call: Call) {
        let id = self.connection.next.fetch_add(1, Ordering::Relaxed);
        // An error means that the warden is gone, and with it what was to be let go.
        let _ = self.send(&Request { id, call });
    }

    fn send(&self, request: &Request) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        guarded(&self.connection.writer).write_all(&line)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = guarded(&self.writer).shutdown(Shutdown::Both);
    }
}

impl Tables {
    fn read(&self, reader: BufReader<UnixStream>) {
        for line in reader.lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(Message::Answer { id, answer }) => {
                    // Registered here, before the next line is read: that one may already tell of its end.
                    let exit = match &answer {
                        Ok(Answer::Process { pid, exit }) => Some(self.watch(*pid, *exit)),
                        _ => None,
                    };
                    if let Some(waiter) =
                        guarded(&self.pending).as_mut().and_then(|pending| pending.remove(&id))
                    {
                        let _ = waiter.send((answer, exit));
                    }
                }
                Ok(Message::Exited { pid, exit }) => {
                    if let Some(sender) = guarded(&self.exits).remove(&pid) {
                        sender.send_replace(Some(exit));
                    }
                }
                Err(error) => eprintln!("the warden sent a line that cannot be read ({error}): {line}"),
            }
        }
        *guarded(&self.pending) = None;
        for (_, sender) in guarded(&self.exits).drain() {
            sender.send_replace(Some(Exit::Lost));
        }
    }

    fn watch(&self, pid: i32, exit: Option<Exit>) -> watch::Receiver<Option<Exit>> {
        if exit.is_some() {
            return watch::channel(exit).1;
        }
        guarded(&self.exits).entry(pid).or_insert_with(|| watch::channel(None).0).subscribe()
    }
}

/// The tables stay consistent at every step, so a panic elsewhere does not spoil them.
fn guarded<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
