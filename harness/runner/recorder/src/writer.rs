//! The writer: a thread that turns events into lines of the history file, flushed batch by batch.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    sync::{Arc, mpsc},
    thread,
};

use pitfall_model::Event;
use tokio::sync::oneshot;

/// How many events at most go into one batch, so that a busy run is still flushed often.
const BATCH: usize = 1024;

/// Ends with its [`Writer::close`]; dropped, it still writes what it was given.
#[derive(Debug)]
pub(crate) struct Writer {
    events: mpsc::Sender<Arc<Event>>,
    done: oneshot::Receiver<io::Result<()>>,
}

impl Writer {
    pub(crate) fn start(file: File) -> io::Result<Self> {
        let (events, incoming) = mpsc::channel();
        let (ended, done) = oneshot::channel();
        thread::Builder::new().name("history".into()).spawn(move || {
            // Nobody listens when the recorder was dropped without `close`.
            let _ = ended.send(write_all(file, &incoming));
        })?;
        Ok(Self { events, done })
    }

    /// After an I/O error events go nowhere; `close` tells it.
    pub(crate) fn write(&self, event: Arc<Event>) {
        let _ = self.events.send(event);
    }

    pub(crate) async fn close(self) -> io::Result<()> {
        drop(self.events);
        self.done.await.unwrap_or_else(|_| Err(io::Error::other("the writer thread panicked")))
    }
}

fn write_all(file: File, events: &mpsc::Receiver<Arc<Event>>) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    while let Ok(first) = events.recv() {
        for event in std::iter::once(first).chain(events.try_iter().take(BATCH)) {
            serde_json::to_writer(&mut file, &*event)?;
            file.write_all(b"\n")?;
        }
        // Into the page cache: survives a kill of the harness, not of the machine.
        file.flush()?;
    }
    Ok(())
}
