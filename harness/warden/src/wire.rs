//! What client and warden say to each other: JSON lines. A hash of this file names the socket, so builds that differ never meet.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who a process or a scratch directory belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// The client that asks: gone when its connection ends.
    Client,
    /// The share of this key: gone when the warden has had no client for 300 ms, or when its starter ended before publishing.
    Share(String),
}

/// Where a stream of a child goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Output {
    /// Nowhere.
    Null,
    /// To the end of this file, made if missing. A FIFO works too: its reader must have opened it before the spawn.
    File(PathBuf),
}

/// A process to start. It leads a process group of its own and reads nothing from its standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spawn {
    /// What error messages and the log call it.
    pub name: String,
    /// A path, or a name looked up in the `PATH` of `env`.
    pub program: String,
    /// Arguments, without the program.
    pub args: Vec<String>,
    /// The child's *whole* environment: nothing of the warden's own gets in. The warden adds one variable, `PITFALL_OWNER`.
    pub env: Vec<(String, String)>,
    /// Its working directory; `/` if none.
    pub cwd: Option<PathBuf>,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Who it belongs to.
    pub owner: Owner,
    /// When it has to end, it gets SIGTERM and so long to clear up what is no process; `None`: SIGKILL at once. A warden that is
    /// itself killed gives no grace.
    pub grace: Option<Duration>,
}

impl Spawn {
    /// A process of the asking client, with this process's environment and no output.
    pub fn new(name: impl Into<String>, program: impl Into<String>) -> Self {
        Spawn {
            name: name.into(),
            program: program.into(),
            args: Vec::new(),
            env: std::env::vars_os()
                .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            cwd: None,
            stdout: Output::Null,
            stderr: Output::Null,
            owner: Owner::Client,
            grace: None,
        }
    }

    /// This program once more, as it runs, even if its file was rebuilt meanwhile; the warden may be another's. As [`Spawn::new`]
    /// otherwise.
    pub fn this_program(name: impl Into<String>, args: Vec<String>) -> Self {
        // Lasts as long as this process: it waits for the answer.
        let program = format!("/proc/{}/exe", std::process::id());
        Spawn { args, ..Spawn::new(name, program) }
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It ended itself with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// The warden went away first; it killed the process, and nobody read how it ended.
    Lost,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit code {code}"),
            Exit::Signal(number) => match nix::sys::signal::Signal::try_from(*number) {
                Ok(signal) => write!(f, "{signal}"),
                Err(_) => write!(f, "signal {number}"),
            },
            Exit::Lost => write!(f, "killed with the warden"),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) call: Call,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Call {
    Hello,
    Spawn(Spawn),
    Attach {
        pid: i32,
    },
    Signal {
        pid: i32,
        signal: i32,
    },
    Kill {
        pid: i32,
    },
    Scratch {
        owner: Owner,
        prefix: String,
    },
    /// `lease` is drawn by the client and names this call in `Publish` and `Abandon`.
    Share {
        key: String,
        lease: u64,
    },
    Publish {
        key: String,
        lease: u64,
        json: String,
    },
    Abandon {
        key: String,
        lease: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Hello { pid: i32 },
    Process { pid: i32, exit: Option<Exit> },
    Path(PathBuf),
    Start,
    Ready(String),
    Done,
}

/// A line from the warden.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    Answer { id: u64, answer: Result<Answer, String> },
    Exited { pid: i32, exit: Exit },
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Call::Hello => write!(f, "greet"),
            Call::Spawn(spawn) => write!(f, "start {} ({})", spawn.name, spawn.program),
            Call::Attach { pid } => write!(f, "watch process {pid}"),
            Call::Signal { pid, signal } => write!(f, "send signal {signal} to process {pid}"),
            Call::Kill { pid } => write!(f, "kill process {pid}"),
            Call::Scratch { prefix, .. } => write!(f, "make a scratch directory {prefix}"),
            Call::Share { key, .. } => write!(f, "share {key}"),
            Call::Publish { key, .. } => write!(f, "publish {key}"),
            Call::Abandon { key, .. } => write!(f, "abandon {key}"),
        }
    }
}
