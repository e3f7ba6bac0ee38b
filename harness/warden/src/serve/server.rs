//! The server: listens, serves, and ends with its last client.

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::signal::SigSet;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use super::log;
use super::session;
use super::state::State;

/// How long shares outlive the last client: the gap between one test process and the next.
const GRACE: Duration = Duration::from_millis(300);
/// How long a new warden waits for its first client.
const FIRST: Duration = Duration::from_millis(500);

pub(super) fn run(socket: &Path, scratch: &Path) -> io::Result<()> {
    prctl::set_child_subreaper(true)?;
    // The guard blocks the signals it waits for, and a mask is inherited: children must not get it.
    SigSet::empty().thread_set_mask()?;
    // One thread, the main one: children carry a parent-death signal of the thread that spawned them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(socket, scratch))
}

async fn serve(socket: &Path, scratch: &Path) -> io::Result<()> {
    let state = State::new(scratch);
    let mut ended = signal(SignalKind::child())?;
    let reaper = Rc::clone(&state);
    tokio::task::spawn_local(async move {
        while ended.recv().await.is_some() {
            reaper.reap();
        }
    });
    let (mut term, mut interrupt, mut hangup) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    let listener = listen(socket)?;
    log(format_args!("warden {}: listens on {}", std::process::id(), socket.display()));

    let outcome = tokio::select! {
        () = accept(&state, &listener) => Ok(()),
        () = idle(&state) => Ok(()),
        _ = term.recv() => Err("SIGTERM"),
        _ = interrupt.recv() => Err("SIGINT"),
        _ = hangup.recv() => Err("SIGHUP"),
    };
    // Who has connected but not greeted, or connects before the name is gone, is hung up on and looks for a new warden.
    state.leaving.set(true);
    std::fs::remove_file(socket)?;
    drop(listener);
    log(format_args!("warden {}: ends ({})", std::process::id(), outcome.err().unwrap_or("no client")));
    state.end_all().await.map_err(io::Error::other)
}

/// Listens under a name of its own first: whoever sees the socket can connect to it, and an existing one is never replaced.
fn listen(socket: &Path) -> io::Result<UnixListener> {
    let unborn = socket.with_extension(std::process::id().to_string());
    let listener = UnixListener::bind(&unborn)?;
    let linked = std::fs::hard_link(&unborn, socket);
    std::fs::remove_file(&unborn)?;
    linked.map(|()| listener)
}

async fn accept(state: &Rc<State>, listener: &UnixListener) {
    for client in 1.. {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::task::spawn_local(session::serve(Rc::clone(state), client, stream));
            }
            Err(error) => {
                // Out of file descriptors, most likely: let some connections end.
                log(format_args!("cannot accept: {error}"));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// Returns when there has been no client for long enough.
async fn idle(state: &State) {
    let mut patience = FIRST;
    loop {
        while !state.clients.borrow().is_empty() {
            state.clients_changed.notified().await;
            patience = GRACE;
        }
        if tokio::time::timeout(patience, state.clients_changed.notified()).await.is_err()
            && state.clients.borrow().is_empty()
        {
            return;
        }
    }
}
