//! Finding the warden that listens, or starting one: never two, however many clients ask at once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::WardenError;
use crate::place::Place;
use crate::serve::{ARGUMENT, STARTED};
use crate::wire::{Answer, Call, Message, Request};

const LIMIT: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(2);

/// An open connection and the server's process id.
pub(crate) struct Connected {
    pub(crate) stream: UnixStream,
    pub(crate) reader: BufReader<UnixStream>,
    pub(crate) pid: i32,
}

/// Connects, starting a warden if none answers. Blocks.
pub(crate) fn connect(place: &Place) -> Result<Connected, WardenError> {
    if std::env::var_os(STARTED).is_some() {
        return Err(WardenError::NotAWarden);
    }
    let deadline = Instant::now() + LIMIT;
    let mut seen = "nothing yet".to_owned();
    while Instant::now() < deadline {
        match UnixStream::connect(&place.socket) {
            // A warden that is about to leave hangs up without an answer: look again.
            Ok(stream) => match greet(stream) {
                Ok(connected) => return Ok(connected),
                Err(error) => seen = format!("it hung up: {error}"),
            },
            Err(error) if is_nobody(&error) => {
                seen = "nobody listened and another client held the lock".to_owned();
                let lock = File::create(&place.lock).map_err(|error| Place::fault(&place.lock, error))?;
                if lock.try_lock().is_ok() {
                    start(place, deadline)?;
                    continue;
                }
            }
            Err(error) => return Err(Place::fault(&place.socket, error)),
        }
        std::thread::sleep(PAUSE);
    }
    Err(failed(place, format!("no answer within {} s, last seen: {seen}", LIMIT.as_secs())))
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Starts a warden and returns when it listens. The caller holds the lock.
fn start(place: &Place, deadline: Instant) -> Result<(), WardenError> {
    match UnixStream::connect(&place.socket) {
        Ok(_) => return Ok(()), // started by the one who held the lock before us
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(&place.socket).map_err(|error| Place::fault(&place.socket, error))?;
        }
        Err(_) => {}
    }
    let log = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(&place.log)
        .and_then(|log| Ok((log.try_clone()?, log)))
        .map_err(|error| Place::fault(&place.log, error))?;
    // Not current_exe(): the file may have been rebuilt meanwhile; this names what runs now.
    let mut guard = Command::new("/proc/self/exe")
        .args([ARGUMENT, "guard"])
        .arg(&place.socket)
        .arg(&place.scratch)
        .env(STARTED, "1")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.0)
        .stderr(log.1)
        .spawn()
        .map_err(|error| failed(place, error.to_string()))?;
    while Instant::now() < deadline {
        if UnixStream::connect(&place.socket).is_ok() {
            // Reaps the guard should it end before this process does.
            std::thread::spawn(move || guard.wait());
            return Ok(());
        }
        if let Ok(Some(status)) = guard.try_wait() {
            return Err(failed(
                place,
                format!(
                    "it ended with {status}; does main() call become_warden_if_asked() first? {}",
                    tail(place)
                ),
            ));
        }
        std::thread::sleep(PAUSE);
    }
    Err(failed(place, format!("it did not listen in time; {}", tail(place))))
}

fn greet(mut stream: UnixStream) -> io::Result<Connected> {
    stream.set_read_timeout(Some(LIMIT))?;
    let mut line = serde_json::to_string(&Request { id: 0, call: Call::Hello })?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut answer = String::new();
    reader.read_line(&mut answer)?;
    stream.set_read_timeout(None)?;
    match serde_json::from_str(&answer)? {
        Message::Answer { answer: Ok(Answer::Hello { pid }), .. } => Ok(Connected { stream, reader, pid }),
        other => Err(io::Error::other(format!("it answered {other:?}"))),
    }
}

fn failed(place: &Place, why: String) -> WardenError {
    let program = std::env::current_exe().unwrap_or_default().display().to_string();
    WardenError::Start { program, why, log: place.log.clone() }
}

fn tail(place: &Place) -> String {
    let log = fs::read_to_string(&place.log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
